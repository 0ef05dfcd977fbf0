"""The calls with which an app configures its webhooks."""

from http import HTTPStatus

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot.call import Answer, Call, objects_of
from slasync.sandbox.hubspot.errors import Json, not_found, unauthenticated
from slasync.sandbox.hubspot.webhooks import Subscription, Target


def settings(call: Call) -> Answer:
    """GET /webhooks/v3/{app}/settings."""
    return Answer(value=_settings(_target(call)))


def settings_changed(call: Call) -> Answer:
    """PUT /webhooks/v3/{app}/settings: also makes the target, when there is none."""
    _authorise(call)
    url = str(call.body().get("targetUrl", ""))
    webhooks = call.services.webhooks
    if webhooks.targets:
        webhooks.targets[0].url = url
    else:
        webhooks.subscribe(url, (), (), call.services.tokens.client_secret)
    return Answer(value=_settings(webhooks.targets[0]))


def settings_cleared(call: Call) -> Answer:
    """DELETE /webhooks/v3/{app}/settings."""
    _authorise(call)
    call.services.webhooks.targets.clear()
    return Answer(HTTPStatus.NO_CONTENT)


def subscriptions(call: Call) -> Answer:
    """GET /webhooks/v3/{app}/subscriptions."""
    found = _target(call).subscriptions.values()
    return Answer(value={"results": [subscription.json() for subscription in found]})


def subscribed(call: Call) -> Answer:
    """POST /webhooks/v3/{app}/subscriptions."""
    target, body = _target(call), call.body()
    webhooks = call.services.webhooks
    made = webhooks.add(target, str(body.get("eventType", "")), body.get("propertyName"))
    made = webhooks.set_active(target, made.id, active=bool(body.get("active")))
    return Answer(HTTPStatus.CREATED, made.json())


def subscription(call: Call) -> Answer:
    """GET /webhooks/v3/{app}/subscriptions/{id}."""
    return Answer(value=_need(_target(call), call.params["id"]).json())


def switched(call: Call) -> Answer:
    """PATCH /webhooks/v3/{app}/subscriptions/{id}."""
    return Answer(value=_switch(call, call.params["id"], call.body()))


def batch_switched(call: Call) -> Answer:
    """POST /webhooks/v3/{app}/subscriptions/batch/update."""
    inputs = objects_of(call.body(), "inputs")
    results = [_switch(call, str(given.get("id")), given) for given in inputs]
    return Answer(value={"status": "COMPLETE", "results": results})


def unsubscribed(call: Call) -> Answer:
    """DELETE /webhooks/v3/{app}/subscriptions/{id}."""
    target = _target(call)
    del target.subscriptions[_need(target, call.params["id"]).id]
    return Answer(HTTPStatus.NO_CONTENT)


def _switch(call: Call, key: str, body: Json) -> Json:
    target = _target(call)
    found = _need(target, key)
    active = bool(body.get("active"))
    return call.services.webhooks.set_active(target, found.id, active=active).json()


def _authorise(call: Call) -> None:
    """Let the developer's key pass. The portal's token does not configure an app."""
    tokens, options = call.services.tokens, call.portal.options
    if call.text("hapikey") != tokens.developer_key or call.params["app"] != str(options.app_id):
        raise unauthenticated()


def _target(call: Call) -> Target:
    _authorise(call)
    targets = call.services.webhooks.targets
    if not targets:
        raise not_found("The app has no webhook settings")
    return targets[0]


def _need(target: Target, key: str) -> Subscription:
    found = target.subscriptions.get(int(key)) if is_number(key) else None
    if found is None:
        raise not_found(f"Subscription {key} does not exist")
    return found


def _settings(target: Target) -> Json:
    return {"targetUrl": target.url, "throttling": {"maxConcurrentRequests": 10}}
