"""Hostile process.toml, legal clauses, scenarios and notices."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.hostile.case import Case, fixed

TOML = 'key = "p"\ntitle = "流程"\n'
NOTICE = 'title = "通知"\nparams = ["name"]\n[texts]\n'
SCENARIO = "name: x\nstart: 2026-01-05T09:00:00\nas: P003\n"


def yaml_laughs() -> str:
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines) + "\n" + SCENARIO.replace("name: x", "name: *a11")


def descriptors() -> dict[str, str]:
    return {
        "TOML list of texts as a number": TOML + "requirements = 5\n",
        "TOML list of numbers": TOML + "requirements = [1]\n",
        "TOML order as text": TOML + 'order = "first"\n',
        "TOML number of 10^4 digits": TOML + "order = " + "9" * 10_000,
        "TOML case number that walks": TOML + 'case_number = "{date.__class__}{serial:05d}"\n',
        "TOML case number that pads": TOML + 'case_number = "{date:>999999999}{serial:05d}"\n',
        "TOML case number of 10^9 digits": TOML + 'case_number = "{serial:0999999999d}"\n',
        "TOML case number not closed": TOML + 'case_number = "{serial"\n',
        "TOML key with a path": TOML.replace('"p"', '"../../etc"'),
        "TOML unknown entry": TOML + '__proto__ = "x"\n',
        "TOML title as a table": 'key = "p"\n[title]\na = 1\n',
        "TOML control characters": TOML + "summary = 'a\x00b'\n",
    }


def scenarios() -> dict[str, str]:
    return {
        "YAML laughs": yaml_laughs(),
        "YAML Python tag": SCENARIO + "with: !!python/object/apply:os.system ['touch canary']\n",
        "YAML Python name": SCENARIO + "with: !!python/name:os.system\n",
        "YAML date that is none": SCENARIO.replace("2026-01-05T", "2026-99-99T"),
        "YAML date as a day": "name: x\nstart: 2026-99-99\nas: P003\n",
        "YAML number of 10^4 digits": SCENARIO + "story: " + "9" * 10_000,
        "YAML sexagesimal number": SCENARIO + "story: " + ":".join(["59"] * 20_000),
        "YAML keys of several kinds": SCENARIO + "1: x\n2: y\nzz: 1\n",
        "YAML key that is a list": SCENARIO + "? [a]\n: b\n",
        "YAML steps as a number": SCENARIO + "steps: 5\n",
        "YAML steps as a text": SCENARIO + "steps: abc\n",
        "YAML values as a list": SCENARIO + "with: [1]\n",
        "YAML expectations as a number": SCENARIO + "steps:\n  - expect: 5\n",
        "YAML requirements as a number": SCENARIO + "requirements: 5\n",
        "YAML wait of ²": SCENARIO + "steps:\n  - wait: ² working days\n",
        "YAML wait of 10^9 days": SCENARIO + "steps:\n  - wait: 999999999 working days\n",
        "YAML file outside": SCENARIO + "with: {scan: {file: ../../../../etc/passwd}}\n",
        "YAML two documents": SCENARIO + "---\n" + SCENARIO,
        "YAML empty": "",
    }


def notices() -> dict[str, str]:
    walk = "{{ name.__class__.__mro__[1].__subclasses__() }}"
    texts = {
        "notice that walks": walk,
        "notice that loops": "{% for i in range(99999) %}" * 2 + "x" + "{% endfor %}" * 2,
        "notice of a huge range": "{{ range(10**9)|list }}",
        "notice of a huge text": "{{ 'x' * 10**9 }}",
        "notice of a huge power": "{{ 9 ** 9 ** 9 }}",
        "notice of wide padding": "{{ '%999999999d' % 1 }}",
        "notice with a filter that pads": "{{ name|center(999999999) }}",
        "notice that includes": "{% include '/etc/passwd' %}",
        "notice that recurses": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "notice not closed": "{{ name",
        "notice deep in brackets": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "notice that calls": "{{ name.format(name) }}",
    }
    found = {name: f"{NOTICE}inbox = '''{text}'''\n" for name, text in texts.items()}
    found["notice not TOML"] = "= = ="
    found["notice without texts"] = 'title = "x"\n'
    found["notice of an unknown channel"] = NOTICE + 'telepathy = "x"\n'
    found["notice with texts as a number"] = 'title = "x"\nparams = []\ntexts = 5\n'
    return found


def cases() -> Iterator[Case]:
    """Yield every hostile text that is neither a drawing, a table nor a form."""
    yield from fixed("descriptor", descriptors())
    yield Case("TOML depth bomb", "descriptor", lambda: TOML + "requirements = " + "[" * 50_000)
    yield Case("TOML dotted bomb", "descriptor", lambda: TOML + ".".join("a" * 50_000) + " = 1\n")
    yield Case("TOML of 10 MB", "descriptor", lambda: TOML + "# " + "x" * 10_000_000)
    yield from fixed("scenario", scenarios())
    yield Case("YAML depth bomb", "scenario", lambda: SCENARIO + "with: " + "[" * 20_000)
    yield Case("YAML depth of mappings", "scenario", lambda: SCENARIO + "with: " + "{a: " * 2_000)
    yield Case("YAML of 5 MB", "scenario", lambda: SCENARIO + "story: " + "x " * 2_500_000)
    yield Case("YAML of 10^5 steps", "scenario", lambda: SCENARIO + "steps:\n" + "  - {}\n" * 10**5)
    yield from fixed("notice", notices())
