"""Times in which a system as a whole is of no use, and answers that ask to be left alone."""

from slasync.rehearsal.simulation.plan import OutagePart
from slasync.rehearsal.simulation.surroundings import Surroundings
from slasync.sandbox.http import Request, Reset, Response, TimedOut, json_response

PAGE = b"<!DOCTYPE html><html><body><h1>We will be right back</h1></body></html>"
BUSY = {403, 429, 503}
WAITS = ("0", "1", "7", "30", "120", "900")
BY_OTHERS = {"quota", "others"}
LEFT = (20, 300)  # calls that others leave
HEAVY = 1_000_000  # calls of other apps: more than any quota


class Outages:
    """What the plan's outages answer in place of a system."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def answer(self, system: str, request: Request) -> Response | None:
        """Return what is answered instead; None when the system works. Raises NoAnswer."""
        now = self._around.now()
        for part in self._around.plan.outages:
            if part.system != system or part.how in BY_OTHERS:
                continue
            if self._around.at(part.since) <= now < self._around.at(part.until):
                return self._struck(part, request)
        return None

    def _struck(self, part: OutagePart, request: Request) -> Response | None:
        if part.how == "login" and part.system == "salesforce":
            if "oauth2" in request.path:
                self._count(part)
                told = {"error": "invalid_grant", "error_description": "user is frozen"}
                return json_response(400, told)
            self._around.town.salesforce.expire_sessions()
            return None
        self._count(part)
        match part.how:
            case "timeout":
                raise TimedOut
            case "reset":
                raise Reset
            case "html":
                return Response(200, (("Content-Type", "text/html"),), PAGE)
            case _:
                return Response(503, (("Content-Type", "text/html"),), PAGE)

    def _count(self, part: OutagePart) -> None:
        self._around.trace.count(f"outage.{part.system}.{part.how}")

    def asking_to_wait(self, answer: Response) -> Response:
        """Have some refusals for too many calls carry Retry-After, as vendors at times do."""
        share = 0.0 if self._around.safe else self._around.plan.slow.asked_to_wait
        if not share or answer.status not in BUSY:
            return answer
        chance = self._around.world.chance("retry-after")
        if chance.random() >= share:
            return answer
        self._around.trace.count("Retry-After")
        wait = chance.choice(WAITS)
        return Response(answer.status, (*answer.headers, ("Retry-After", wait)), answer.body)

    def schedule(self) -> None:
        """Have other apps use up a system's quota for a while, or all but a few calls of it."""
        for part in self._around.plan.outages:
            if part.how in BY_OTHERS:
                self._use_up(part)

    def _use_up(self, part: OutagePart) -> None:
        around = self._around
        agenda, vendor = around.world.agenda, around.town.vendor(part.system)

        def begin() -> None:
            self._count(part)
            if part.how == "quota":
                vendor.others_call(HEAVY)
            else:
                vendor.others_leave(around.world.chance("others").randint(*LEFT))

        agenda.add(around.at(part.since), "quota used up", begin)
        agenda.add(around.at(part.until), "quota restored", lambda: vendor.others_call(0))
