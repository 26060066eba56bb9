"""Form components by the `type` that form files use; one module each.

A new type is a module here, a line in `TYPES` and a template in `templates/fields/`.
"""

from app.forms.components.base import Component, Field, Post, Setting, Unreadable
from app.forms.components.checkbox import Checkbox
from app.forms.components.checklist import Checklist
from app.forms.components.choice import ChoiceField
from app.forms.components.datetime import DateField
from app.forms.components.documentpreview import DocumentPreview
from app.forms.components.dynamiclist import DynamicList, fields_of
from app.forms.components.expression import ExpressionField
from app.forms.components.filepicker import FilePicker, UploadRefused
from app.forms.components.group import Group
from app.forms.components.image import Image
from app.forms.components.number import Number
from app.forms.components.radio import Radio
from app.forms.components.select import Select
from app.forms.components.separator import Separator
from app.forms.components.spacer import Spacer
from app.forms.components.table import Table
from app.forms.components.taglist import TagList
from app.forms.components.text import Text
from app.forms.components.textarea import TextArea
from app.forms.components.textfield import TextField

TYPES: dict[str, type[Component]] = {
    component.type: component
    for component in (
        TextField, TextArea, Number, DateField, Select, Radio, Checkbox, Checklist, TagList,
        FilePicker, DocumentPreview, Text, Image, Group, Separator, Spacer, DynamicList, Table,
        ExpressionField,
    )
}  # fmt: skip

__all__ = [
    "TYPES",
    "Checkbox",
    "Checklist",
    "ChoiceField",
    "Component",
    "DateField",
    "DocumentPreview",
    "DynamicList",
    "ExpressionField",
    "Field",
    "FilePicker",
    "Group",
    "Image",
    "Number",
    "Post",
    "Radio",
    "Select",
    "Separator",
    "Setting",
    "Spacer",
    "Table",
    "TagList",
    "Text",
    "TextArea",
    "TextField",
    "Unreadable",
    "UploadRefused",
    "fields_of",
]
