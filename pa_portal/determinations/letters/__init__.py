"""Determination letters: one structured record, frozen with the decision, shown as HTML and as a tagged PDF.

`content.compose` builds the record from plain values, `html.render` and `pdf.render` walk its blocks. The record
holds every word of the letter, so a letter shown again years later says what it said when it was sent.
"""
