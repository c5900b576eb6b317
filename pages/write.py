"""A digit of one's own: written, read, redrawn in its style, kept, and compared with the writers of real digits."""

import streamlit as st

from wvae.ui.choice import choose
from wvae.ui.door import read_only
from wvae.ui.page_bodies.own_set import set_answers, set_widgets
from wvae.ui.page_bodies.paper import leave_for_sliders, paper

choice = choose()
st.title("Write a digit")
leave_for_sliders()
st.markdown(
    "Write a digit with mouse, finger or pen. With every stroke the model reads it, measures its style, and draws all "
    "ten digits **in your style**. What you write stays in this browser until you press *Keep* or *To the sliders*."
)
paper(choice)
if not read_only():
    st.header("Your set")
    source = set_widgets()
    if source:
        set_answers(choice, source)
