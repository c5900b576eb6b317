"""What one picture says, in the hand of another."""

import numpy as np
import streamlit as st

from wvae.latents import transfer
from wvae.plots import ink, transfer_sheet
from wvae.sampling import Rows, sample_each, sample_one, sample_writer
from wvae.ui.choice import SELECTION, Choice, choose
from wvae.ui.gallery import png_button

MOST = 20  # pictures on a side

WAYS = {
    "digits": "one of each digit",
    "writers": "different writers",
    "digit": "one digit",
    "writer": "one writer",
    "map": "selected on the map",
}


def pick(choice: Choice, what: str, way: str, seed: int) -> Rows:
    """A side's widgets, and the rows of the pictures that they choose."""
    digits = choice.digits
    way = st.selectbox(what, WAYS, list(WAYS).index(way), format_func=WAYS.get, key=f"{what}-by", bind="query-params")
    if way == "digits":
        return sample_each(digits.digits, 10, seed)
    if way == "writers":
        return sample_each(digits.writers, 10, seed)
    if way == "digit":
        digit = st.selectbox("Digit", range(10), 7, key=f"{what}-digit", bind="query-params")
        return sample_one(digits.digits, digit, 10, seed)
    if way == "writer":
        writers = np.unique(digits.writers).tolist()
        return sample_writer(digits, st.selectbox("Writer", writers, key=f"{what}-writer", bind="query-params"), seed)
    selected = np.array(st.session_state.get(SELECTION, {}).get(choice.view, []), dtype=np.int64)
    if len(selected) > MOST:
        st.caption(f"The first {MOST} of {len(selected):,} that are selected.")
    return selected[:MOST]


def draw_others() -> None:
    st.session_state["transfer-seed"] += 2


choice = choose()
st.title("Style transfer")
st.markdown(
    "Each row keeps **what** its picture on the left says (its A). Each column takes **how** the picture at its top is "
    "written (its B). If the two are well parted, a row reads as one digit, and a column looks as if one hand wrote it."
)
left, right, again = st.columns([4, 4, 3], vertical_alignment="bottom")
seed = st.session_state.setdefault("transfer-seed", 0)
with left:
    rows = pick(choice, "Content (rows)", "digits", seed)
with right:
    columns = pick(choice, "Hand (columns)", "writers", seed + 1)
again.button("Others", icon=":material/casino:", help="Draw other pictures", on_click=draw_others)

if len(rows) == 0 or len(columns) == 0:
    st.info("Nothing is chosen yet: select digits on the latent map with its box or lasso, or choose another way.")
    st.page_link("pages/latent_map.py", label="To the latent map", icon=":material/scatter_plot:")
    st.stop()

images = transfer(choice.model, choice.latents.mean_a[rows], choice.latents.mean_b[columns])
margins = (ink(choice.digits.images[side]) for side in (rows, columns))
sheet = transfer_sheet(*margins, images)
st.image(sheet, width=min(980, 4 * sheet.shape[1]), alt="A grid: each row one digit, each column one hand.")
st.caption(
    f"Pictures at the margins are real, of {choice.view}; all others are drawn by "
    f"{choice.checkpoint.name}. Hands, from left to right: "
    + ", ".join(f"writer {choice.digits.writers[row]}" for row in columns)
    + "."
)
png_button(sheet, "style_transfer.png")
