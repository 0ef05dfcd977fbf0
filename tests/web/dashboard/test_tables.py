"""Tables that fold on narrow screens: what a cell is called, and what a screen reader hears."""

import re

from markupsafe import Markup

from slasync.web.dashboard.tables import table

INNER = Markup(
    '<thead><tr><th scope="col">Person</th>'
    '<th scope="col" class="num">R&amp;D <i>late</i></th></tr></thead>'
    '<tbody><tr><th scope="row">Ana</th><td class="num">2</td></tr>'
    '<tr><th scope="row">Ben</th><td class="num"></td></tr></tbody>'
)


def test_every_value_is_given_the_name_of_its_column() -> None:
    labelled = re.findall(r'<t[hd][^>]*data-label="([^"]*)"[^>]*>(.*?)</t', table(INNER))

    assert labelled == [("Person", "Ana"), ("R&amp;D late", "2"), ("Person", "Ben"),
                        ("R&amp;D late", "")]  # fmt: skip


def test_every_part_says_what_it_is_however_it_is_displayed() -> None:
    roles = re.findall(r"<(\w+)[^>]* role=\"(\w+)\"", table(INNER, "Who has what"))

    head = [("thead", "rowgroup"), ("tr", "row"), ("th", "columnheader"), ("th", "columnheader")]
    row = [("tr", "row"), ("th", "rowheader"), ("td", "cell")]
    assert roles == [("div", "group"), ("table", "table"), *head, ("tbody", "rowgroup"), *row, *row]


def test_a_caption_names_the_table_and_the_place_that_can_be_scrolled() -> None:
    named = table(INNER, 'A "quoted" <caption>')

    assert 'aria-label="A &#34;quoted&#34; &lt;caption&gt;"' in named
    assert '<caption class="unseen">A &#34;quoted&#34; &lt;caption&gt;</caption>' in named
    assert "<caption" not in table(INNER)
    assert "aria-label" not in table(INNER)
