"""Camunda forms on the server: read, judged, shown. Designers write them, nobody programs them.

`load_form` reads a file, `from_post` a request, `validate` judges, `view` prepares the page. No
Flask and no tables here; whoever calls supplies evaluation, lists, attachments, person and time.
"""

from app.forms.components import ChoiceField, Field, FilePicker, UploadRefused
from app.forms.context import AttachmentInfo, FormContext, Signer
from app.forms.fieldviews import ErrorLink, FieldView, FormView
from app.forms.form import DOCUMENTS, Form
from app.forms.loading import load_form
from app.forms.photo import PhotoProblem, check_photo
from app.forms.posting import Uploads, edited, from_post, picker_named
from app.forms.uploads import CleanFile, check_size, check_upload, clean_name
from app.forms.validation import FormInvalid, Submission, validate
from app.forms.views import view

__all__ = [
    "DOCUMENTS",
    "AttachmentInfo",
    "ChoiceField",
    "CleanFile",
    "ErrorLink",
    "Field",
    "FieldView",
    "FilePicker",
    "Form",
    "FormContext",
    "FormInvalid",
    "FormView",
    "PhotoProblem",
    "Signer",
    "Submission",
    "UploadRefused",
    "Uploads",
    "check_photo",
    "check_size",
    "check_upload",
    "clean_name",
    "edited",
    "from_post",
    "load_form",
    "picker_named",
    "validate",
    "view",
]
