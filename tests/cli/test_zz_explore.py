from datetime import timedelta
from tests.cli.desk import Desk
from tests.cli.test_digests import with_post, DAY
from tests.workers.letters import Letterbox

def test_x(desk: Desk) -> None:
    post = with_post(desk, box := Letterbox())
    desk.change("config/slasync.yaml", "language: de", "language: en, for: [managers, leadership]")
    desk.arrives()
    desk.arrives("b@x.example"); 
    for i in range(10):
        assert post.work(DAY / 2).exit_code == 0
        print("=====", desk.seams.clock.now())
        for m in box.taken: print(m.to, m.subject); print(m.text)
        box.taken.clear()
        if i in (1,):
            r = post.slasync("digest", "show"); print(">>>>", r.output, r.exception)
            r = post.slasync("digest", "show", "--for", "lea@sandbox.example", "--at", "2026-03-03T14:00", "--json"); print(">>>>", r.output)
            r = post.slasync("digest", "show", "--for", "leo@sandbox.example"); print(">>>>", r.output, r.exit_code)
    assert 0
