from tests.cli.desk import a_desk
from tests.cli.test_forget import *
def test_x(desk):
    desk.arrives(); desk.work(); desk.work()
    lead=lou_in_salesforce(desk)
    print(desk.slasync("forget", LOU[0], "--apply").output)
    print(desk.slasync("forget", LOU[0], "--lift").output)
    desk.town.salesforce.update("Lead", lead, {"Company": "VU"}, desk.town.users["mia"])
    desk.wait(timedelta(hours=1)); r=desk.slasync("sync","--once"); print(r.output); import traceback; traceback.print_exception(r.exception)
    print(desk.slasync("parked","list").output, desk.slasync("status").output)
    with engine_of(desk).connect() as db:
        for tb in ("forgotten","lead","record","link"):
            print(tb, db.exec_driver_sql(f"select * from {tb}").all())
    assert 0
