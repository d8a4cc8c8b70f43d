"""Finding a request."""

from __future__ import annotations

from django import forms

from pa_portal.accounts import text


class FindForm(forms.Form):
    words = forms.CharField(
        max_length=100,
        validators=[text.one_line],
        error_messages={"required": "Enter a reference number, a patient’s name or a member ID."},
    )
