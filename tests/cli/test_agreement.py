"""`slasync agreement`: the document to sign and the hash of what is signed."""

from datetime import timedelta

import pytest

from tests.cli.desk import Desk


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Vereinbarung zwischen Marketing und Vertrieb"),
     ("en", "Agreement between marketing and sales")],
)  # fmt: skip
def test_render_prints_the_agreement_in_the_language_asked_for(
    new_desk: Desk, language: str, words: str
) -> None:
    done = new_desk.slasync("agreement", "render", "--language", language)

    assert (done.exit_code, done.stdout.splitlines()[2]) == (0, words)
    assert new_desk.slasync("agreement", "hash").stdout.strip() in done.stdout


def test_render_writes_a_file_instead(new_desk: Desk) -> None:
    file = new_desk.home / "agreement.md"

    done = new_desk.slasync("agreement", "render", "--output", str(file))

    assert (done.exit_code, done.stdout.strip()) == (0, str(file))
    assert file.read_text("utf-8") == new_desk.slasync("agreement", "render").stdout


def test_render_says_so_when_the_file_cannot_be_written(new_desk: Desk) -> None:
    nowhere = new_desk.home / "nowhere/agreement.md"

    done = new_desk.slasync("agreement", "render", "--output", str(nowhere))

    assert done.exit_code == 2
    assert done.stderr.strip() == f"{nowhere}: No such file or directory"


def test_the_document_is_the_same_whatever_the_day_and_needs_no_secrets(new_desk: Desk) -> None:
    before = new_desk.slasync("agreement", "render").stdout

    new_desk.wait(timedelta(days=800))
    for name in [name for name in new_desk.environ if not name.startswith("SLASYNC")]:
        del new_desk.environ[name]

    assert new_desk.slasync("agreement", "render").stdout == before


def test_a_mistake_in_the_agreement_is_told_and_nothing_is_rendered(new_desk: Desk) -> None:
    new_desk.change("config/agreement.yaml", "score >= 75", "scoer >= 75")

    done = new_desk.slasync("agreement", "render")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean score?" in done.stderr


def test_the_hash_says_as_json_who_has_signed_it(new_desk: Desk) -> None:
    found = new_desk.slasync("agreement", "hash").stdout.strip()
    new_desk.change(
        "config/agreement.yaml",
        "  sales: null",
        f"  sales: {{who: Lea, role: Head of Sales, on: 2026-03-01, hash: {found}}}",
    )

    told = new_desk.json("agreement", "hash")

    assert told == {"hash": found, "signed": {"marketing": False, "sales": True}}


def test_check_says_who_has_not_signed_and_goes_on(new_desk: Desk) -> None:
    found = new_desk.slasync("agreement", "hash").stdout.strip()
    nobody = new_desk.slasync("check")
    new_desk.change(
        "config/agreement.yaml", "  sales: null",
        f"  sales: {{who: Lea, on: 2026-03-01, hash: {found}}}",
    )  # fmt: skip
    one = new_desk.slasync("check")

    assert (nobody.exit_code, one.exit_code) == (0, 0)
    assert "sign_off: nobody has signed the agreement" in nobody.stderr
    assert "sign_off.marketing: marketing has not signed the agreement" in one.stderr
    assert new_desk.json("check")["agreement"]["signable_hash"] == found


def test_check_says_when_what_runs_is_not_what_was_signed(new_desk: Desk) -> None:
    found = new_desk.slasync("agreement", "hash").stdout.strip()
    for side in ("marketing", "sales"):
        new_desk.change(
            "config/agreement.yaml",
            f"  {side}: null",
            f"  {side}: {{who: Lea, on: 2026-03-01, hash: {found}}}",
        )
    assert "signed" not in new_desk.slasync("check").stderr

    new_desk.change("config/agreement.yaml", "restarts: 2", "restarts: 3")

    done = new_desk.slasync("check")
    assert done.exit_code == 0
    assert "sales signed another version on 2026-03-01" in done.stderr


def test_what_check_prints_as_to_sign_signs_and_the_edition_beside_it_does_not(
    new_desk: Desk,
) -> None:
    told = new_desk.slasync("check").stdout
    signed, edition = (told.partition(f"{name} ")[2][:12] for name in ("to sign:", "edition"))
    for side, digits in (("marketing", signed), ("sales", edition)):
        new_desk.change(
            "config/agreement.yaml",
            f"  {side}: null",
            f"  {side}: {{who: Lea, on: 2026-03-01, hash: {digits}}}",
        )

    [warning] = [w for w in new_desk.json("check")["warnings"] if "signed" in w]
    wrong = f"sales signed another version on 2026-03-01 (hash {edition}, that to sign is {signed})"
    assert wrong in warning
