"""Writes the documents that are tables of the code: settings, roles, the files that are taken in, the data map.

``make sync`` runs it; ``tests/architecture/test_documents.py`` holds the files equal to the code.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dokodemo.cli.data_map import markdown
from dokodemo.domain.setting_catalogue import CATALOGUE
from dokodemo.domain.settings import Layer, Merge, Setting
from scripts.people_documents import imports_document, roles_document

ROOT = Path(__file__).resolve().parent.parent
LAYER_NAMES = {
    Layer.ORGANISATION: "全庁 organisation", Layer.UNIT: "組織 unit", Layer.GROUP: "グループ group",
    Layer.PERSON: "職員 person", Layer.DEVICE: "端末 device",
}
HEAD = """\
# 設定 Settings

<!-- Written by `make sync` from domain/setting_catalogue.py. Change it there. -->

設定は職員がログインした端末に届きます。全庁 → 組織 → グループ → 職員 → 端末の順に、あとの層ほど優先されます。
上の層がロックした値は変えられません。本人が選んだ値は職員の層にあり、情報政策課がその職員に決めた値より下です。

A setting reaches its person on whichever Chromebook they sign in to. Layers go organisation → unit → group → person →
device; the most particular one decides, unless a more general one has locked its value. A person's own choice is in
layer person, below what IT decided for that person. `dokodemo settings set` publishes one. A city's own network table
and time zone are in the list because devices read them; they are not set here.
"""


def settings_document() -> str:
    """The catalogue, one section for each setting."""
    return HEAD + "".join(_section(setting) for setting in CATALOGUE.values())


def _section(setting: Setting) -> str:
    layers = [name for layer, name in LAYER_NAMES.items() if layer in setting.layers]
    default = "なし none" if setting.default is None else f"`{json.dumps(setting.default, ensure_ascii=False)}`"
    facts = [
        ("値 Value", " / ".join(setting.form.words)),
        ("既定 Default", default),
        ("決める層 Set in", "、".join(layers) or "設置による from the installation"),
        ("本人の選択 Own choice", _yes(setting.by_person)),
        ("ロック Lockable", _yes(setting.lockable and bool(setting.layers))),
        ("各層の値 Layers", "合わせる joined" if setting.merge is Merge.MERGED else "優先順 the deciding one alone"),
        ("端末に届く Told to devices", _yes(setting.to_device)),
    ]
    table = "".join(f"| {name} | {value} |\n" for name, value in facts)
    japanese, english = setting.names
    return (
        f"\n## `{setting.key}`\n\n**{japanese}** {setting.helps[0]}\n\n**{english}.** {setting.helps[1]}\n\n"
        f"| | |\n| --- | --- |\n{table}"
    )


def _yes(answer: object) -> str:
    return "はい yes" if answer else "いいえ no"


DOCUMENTS: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "settings.md": settings_document,
    ROOT / "docs" / "roles.md": roles_document,
    ROOT / "docs" / "imports.md": imports_document,
    ROOT / "docs" / "data-map.md": partial(markdown, "en"),
    ROOT / "docs" / "data-map.ja.md": partial(markdown, "ja"),
}


def main() -> None:
    """Writes each that is not what the code says."""
    for path, text in DOCUMENTS.items():
        said = text()
        if path.exists() and path.read_text("utf-8") == said:
            print(f"{path.relative_to(ROOT)}: nothing to do")
            continue
        path.write_text(said, "utf-8")
        print(f"{path.relative_to(ROOT)}: written")


if __name__ == "__main__":
    main()
