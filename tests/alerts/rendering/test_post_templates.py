from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from alerts.rendering.post_templates import (
    FIELDS,
    SAMPLE,
    SAMPLE_ZONE,
    PostFormat,
    PostTemplate,
    TemplateError,
    Value,
    fields_of,
)

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "alerts.md").read_text()
NASTY = 'a"b\\c\n{{id}}&x=1\r\x00</b>%26 ü😀\u2028'


def fields(**changed: Value) -> dict[str, Value]:
    return {**fields_of(SAMPLE, SAMPLE_ZONE, "https://fleet.example/"), **changed}


def body(format: PostFormat, template: str, **changed: Value) -> str:
    return PostTemplate("https://a.example/", format, template).compose("{}", fields(**changed)).body.decode()


def test_json_keeps_what_a_field_says() -> None:
    template = '{"chat": -100, "text": "{{label}}: {{ message }}", "parts": ["{{event}}", {"at": "{{latitude}}"}]}'
    sent = json.loads(body(PostFormat.JSON, template, label=NASTY, message='"}'))
    assert sent == {"chat": -100, "text": f'{NASTY}: "}}', "parts": ["inzone", {"at": 47.49811}]}


def test_field_alone_in_json_keeps_its_type() -> None:
    sent = json.loads(body(PostFormat.JSON, '["{{priority}}", "{{emergency}}", "{{latitude}}"]', latitude=None))
    assert sent == [3, False, None]


def test_form_keeps_what_a_field_says() -> None:
    sent = body(PostFormat.FORM, "chat_id=-100&text={{label}}%26{{message}}&empty=", label=NASTY, message="&=")
    assert parse_qsl(sent, keep_blank_values=True) == [("chat_id", "-100"), ("text", f"{NASTY}&&="), ("empty", "")]


def test_text_has_no_control_characters() -> None:
    assert body(PostFormat.TEXT, "{{label}}\n{{emergency}}", label="a\x00b\rc") == "a b c\nfalse"


@pytest.mark.parametrize("value", [NASTY, "../..", "@evil.example/", "//evil.example", "?a#b", "x" * 5000])
def test_field_in_a_url_stays_where_it_is(value: str) -> None:
    template = PostTemplate("https://a.example/to/{{label}}/x?m={{label}}")
    url = urlsplit(template.compose("{}", fields(label=value)).url)
    assert (url.scheme, url.netloc, url.fragment) == ("https", "a.example", "")
    folders = url.path.split("/")
    assert (folders[1], folders[3], len(folders)) == ("to", "x", 4)
    assert not folders[2].startswith(".")
    assert len(parse_qsl(url.query, keep_blank_values=True)) == 1


@pytest.mark.parametrize(
    ("template", "part", "reason"),
    [
        (PostTemplate("https://{{label}}.example/"), "url", "host"),
        (PostTemplate("https://a.example/{{nothing}}"), "url", "has no field nothing; there are: id, event"),
        (PostTemplate("https://a.example/{{label"), "url", "without a field"),
        (PostTemplate("https://a.example/", PostFormat.OWN, "{}"), "template", "needs a format"),
        (PostTemplate("https://a.example/", PostFormat.JSON, ""), "template", "is not JSON"),
        (PostTemplate("https://a.example/", PostFormat.JSON, '{"text": {{message}}}'), "template", "line 1, column 11"),
        (PostTemplate("https://a.example/", PostFormat.JSON, '{"text": "{{message.x}}"}'), "template", "without"),
        (PostTemplate("https://a.example/", PostFormat.JSON, "[" * 4000), "template", "is not JSON"),
        (PostTemplate("https://a.example/", PostFormat.JSON, "[NaN]"), "template", "is not JSON"),
        (PostTemplate("https://a.example/", PostFormat.JSON, '"\\ud800"'), "template", "cannot be sent"),
        (PostTemplate("https://a.example/", PostFormat.FORM, "text={{label}}&more"), "template", "is not a form"),
        (PostTemplate("https://a.example/", PostFormat.TEXT, "{{ }}"), "template", "without a field"),
        (PostTemplate("https://a.example/", PostFormat.TEXT, "{{link}}" * 900), "template", "more than 16384"),
    ],
)
def test_template_that_cannot_be_sent_says_why(template: PostTemplate, part: str, reason: str) -> None:
    with pytest.raises(TemplateError) as refused:
        template.check()
    assert refused.value.part == part
    assert reason in refused.value.reason


def test_every_field_is_named_in_the_docs() -> None:
    assert [name for name in FIELDS if f"`{name}`" not in PAGE] == []


def test_recipes_of_the_docs_make_posts() -> None:
    blocks = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    recipes = [json.loads(block) for block in blocks if '"template"' in block]
    assert [recipe["title"] for recipe in recipes] == ["Telegram", "ntfy", "Slack", "Matrix"]
    for recipe in recipes:
        template = PostTemplate(recipe["url"], PostFormat(recipe["format"]), recipe["template"])
        template.check()
        sent = json.loads(template.compose("{}", fields(label=NASTY)).body)
        assert any(NASTY in str(value) for value in sent.values()), recipe["title"]
