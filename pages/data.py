"""Data: load a log, say what its columns are, see it checked."""

import streamlit as st

from deepfm.errors import InputError
from deepfm.runs.uploads import open_upload
from pages.shared.address import remember, t, value_of
from pages.shared.chosen import chosen_log
from pages.shared.data_columns import map_columns
from pages.shared.data_get import get_a_log
from pages.shared.data_intake import watch_intake
from pages.shared.data_report import delete_a_log, read_again, say_deleted, show_log
from pages.shared.way import heading
from pages.shared.who import workspace

heading("data", t("Load a log of who did what and when. It stays on this machine."))
intake_id, upload_id = value_of("intake"), value_of("upload")
if intake_id is not None:
    watch_intake(intake_id)
elif upload_id is not None:
    try:
        upload = open_upload(workspace(), upload_id)
    except InputError:
        remember(upload=None)
        raise
    map_columns(upload)
elif value_of("log") is not None:
    log = chosen_log()
    show_log(log)
    with st.expander(t("Load another log")):
        get_a_log()
    with st.container(horizontal=True):
        read_again(log)
        delete_a_log(log)
else:
    say_deleted()
    get_a_log()
