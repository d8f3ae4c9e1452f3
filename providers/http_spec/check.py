"""What a spec file's tables must agree on, after each of them is right by itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import TypeAdapter, ValidationError

from gateway.provider import DOCUMENTED_FIELDS, CallbackSettings, Duration, Problem
from providers.http_spec.check_later import later_disagreements, later_templates
from providers.http_spec.grammar import AcceptedRule, RequestTable, SettingTable, SpecFile
from providers.http_spec.placeholder import (
    ALPHABET,
    CALLBACK_URL,
    PLACEHOLDERS,
    PROVIDER_REF,
    REFERENCE,
    SENDER_KIND,
)
from providers.http_spec.settings import DEFAULT_SENDER, ERASE_BASE_URL
from providers.http_spec.template import Template, templates_in
from providers.http_spec.value import CONFLICT

_SETTING: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


def disagreements(spec: SpecFile) -> Iterator[Problem]:
    """Yield what does not fit together, by key."""
    for name, setting in spec.settings.items():
        yield from _setting(f"settings.{name}", name, setting)
    yield from _placeholders(spec)
    yield from _words(spec)
    yield from _sender(spec)
    yield from _absences(spec)
    yield from _request(spec.request)
    yield from _outcomes(spec)
    yield from later_disagreements(spec)


def placed_templates(spec: SpecFile) -> Iterator[tuple[str, Template]]:
    """Yield every template of the request with its key; those outside the body may hold nothing of a message."""
    request = spec.request
    yield "request.path", request.path
    if request.dry_run_path is not None:
        yield "request.dry_run_path", request.dry_run_path
    for name in ("username", "password", "token", "value"):
        template = getattr(request.auth, name, None)
        if template is not None:
            yield f"request.auth.{name}", template
    for name, template in request.headers.items():
        yield f"request.headers.{name}", template
    for key in ("body", "dry_run_body"):
        for name, node in getattr(request, key).items():
            for template in templates_in(node):
                yield f"request.{key}.{name}", template


def _setting(key: str, name: str, setting: SettingTable) -> Iterator[Problem]:
    taken = {*CallbackSettings.model_fields, DEFAULT_SENDER, ERASE_BASE_URL, REFERENCE, PROVIDER_REF, CALLBACK_URL}
    for placeholders in PLACEHOLDERS.values():
        taken.update(placeholders)
    if not _SETTING.fullmatch(name) or name.endswith("_file"):
        yield Problem(key, "a name of small letters, digits and _ is expected, not ending in _file")
    elif name in taken:
        yield Problem(key, "is the name of something else")
    if setting.default is not None and (setting.optional or setting.type == "secret"):
        yield Problem(f"{key}.default", "is possible for what is neither optional nor a secret")
    elif setting.default is not None and not _fits(setting):
        yield Problem(f"{key}.default", f"a value of type {setting.type} is expected, one of the choices if there are")
    if setting.choices and setting.type != "text":
        yield Problem(f"{key}.choices", "are possible for a text only")
    if (setting.unit is None) == (setting.type == "duration"):
        yield Problem(f"{key}.unit", "belongs together with a duration")


def _fits(setting: SettingTable) -> bool:
    if setting.type == "duration":
        return _is_duration(setting.default)
    kind = {"text": str, "integer": int, "boolean": bool}[setting.type]
    return type(setting.default) is kind and (not setting.choices or setting.default in setting.choices)


def _is_duration(value: object) -> bool:
    try:
        TypeAdapter(Duration).validate_python(value)
    except ValidationError:
        return False
    return True


def _sender(spec: SpecFile) -> Iterator[Problem]:
    if spec.capabilities.needs_sender and "sender_id" not in spec.fields:
        yield Problem("capabilities.needs_sender", "nothing in request.body holds the sender_id")


def _words(spec: SpecFile) -> Iterator[Problem]:
    """Yield where a placeholder has no words, and words no placeholder."""
    for name in (ALPHABET, SENDER_KIND):
        if (getattr(spec.words, name) is None) == (name in spec.placeholders):
            yield Problem(f"words.{name}", f"belongs together with {{{name}}} in request.body")


def _placeholders(spec: SpecFile) -> Iterator[Problem]:
    everywhere = {*spec.settings, REFERENCE}
    of_message = {*PLACEHOLDERS[spec.provider.channel], *([CALLBACK_URL] if spec.report is not None else [])}
    for key, template in placed_templates(spec):
        for name in sorted(template.names - everywhere):
            if name not in of_message:
                yield Problem(key, f"{{{name}}} is neither a setting nor a placeholder of {spec.provider.channel}")
            elif not key.startswith("request.body."):
                yield Problem(key, f"{{{name}}} may stand in the body only")


def _absences(spec: SpecFile) -> Iterator[Problem]:
    templates = [*placed_templates(spec), *((key, template) for key, template, _ in later_templates(spec))]
    used = frozenset[str]().union(*(template.names for _, template in templates))
    for name in sorted(spec.settings.keys() - used):
        yield Problem(f"settings.{name}", "stands nowhere in the file")
    for field in DOCUMENTED_FIELDS[spec.provider.channel]:
        if field not in spec.fields and field != "sender_id":
            yield Problem("request.body", f"nothing holds the {field}")


def _request(request: RequestTable) -> Iterator[Problem]:
    if request.method == "GET" and request.encoding != "query":
        yield Problem("request.encoding", 'a GET has no body: "query" is expected')
    for name, node in {**request.body, **request.dry_run_body}.items():
        if request.encoding != "json" and isinstance(node, Mapping | list):
            yield Problem(f"request.body.{name}", f"{request.encoding} has neither tables nor lists")


def _outcomes(spec: SpecFile) -> Iterator[Problem]:
    is_over = False
    for number, rule in enumerate(spec.outcome):
        key = f"outcome[{number}]"
        if is_over:
            yield Problem(key, "is never reached: a rule above it matches everything")
        is_over = is_over or (rule.status is None and rule.code is None)
        if rule.code is not None and not spec.response.code:
            yield Problem(f"{key}.code", "needs response.code, where the code stands")
        if isinstance(rule, AcceptedRule) and not rule.without_ref:
            if spec.response.provider_ref is None:
                yield Problem(f"{key}.without_ref", "is needed where there is no response.provider_ref")
            if CONFLICT in rule.status:
                yield Problem(f"{key}.without_ref", "is needed with status 409")
    if not any(isinstance(rule, AcceptedRule) for rule in spec.outcome):
        yield Problem("outcome", "nothing is ever accepted")
