"""Holds frames that Apus writes to the models of the Python client `droid-sdk`.

Standard input has one JSON object a line: {"model": NAME, "value": …}. For each, one line of JSON is printed:
{"model": NAME, "missing": true}                           the client has no such model
{"model": NAME, "refused": TEXT}                           the model does not take the value
{"model": NAME, "strange": […], "absent": […], "present": […]}   it does: keys that it does not name, and its own that are and are not there
"""

import importlib
import json
import pkgutil
import sys

from pydantic import BaseModel, ValidationError

import droid_sdk.schemas

models = {}
for info in pkgutil.iter_modules(droid_sdk.schemas.__path__):
    module = importlib.import_module(f"droid_sdk.schemas.{info.name}")
    for name, thing in vars(module).items():
        if isinstance(thing, type) and issubclass(thing, BaseModel):
            models.setdefault(name, thing)


def compare(value, strange, absent, present):
    if isinstance(value, BaseModel):
        here = type(value).__name__
        strange.update(f"{here}.{key}" for key in value.model_extra or {})
        for name, field in type(value).model_fields.items():
            (present if name in value.model_fields_set else absent).add(f"{here}.{field.alias or name}")
            compare(getattr(value, name), strange, absent, present)
    elif isinstance(value, dict):
        for part in value.values():
            compare(part, strange, absent, present)
    elif isinstance(value, (list, tuple)):
        for part in value:
            compare(part, strange, absent, present)


for line in sys.stdin:
    case = json.loads(line)
    answer = {"model": case["model"]}
    model = models.get(case["model"])
    if model is None:
        answer["missing"] = True
    else:
        try:
            value = model.model_validate(case["value"])
            strange, absent, present = set(), set(), set()
            compare(value, strange, absent, present)
            answer["strange"] = sorted(strange)
            answer["absent"] = sorted(absent)
            answer["present"] = sorted(present)
        except ValidationError as error:
            answer["refused"] = str(error)[:2000]
    print(json.dumps(answer))
