"""Finds libecg and declares the functions and structs of ecg.h."""

import ctypes
import os
from ctypes import POINTER, c_char, c_char_p, c_double, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

from ._errors import EcgError

ABI_VERSION = 1


class ModelInfo(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("format_version", c_uint32),
        ("person_count", c_uint32),
        ("beat_length", c_uint32),
        ("sampling_rate", c_double),
        ("parameter_count", c_uint64),
        ("outlier_reference_count", c_uint32),
        ("outlier_threshold", c_float),
        ("embedding_length", c_uint32),
        ("calibration_people", c_uint32),
        ("false_acceptance_rate", c_double),
    ]


class SignalReport(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("r_peak_count", c_uint32),
        ("beats_at_border", c_uint32),
        ("beats_at_gap", c_uint32),
        ("beats_flat", c_uint32),
        ("beats_of_odd_amplitude", c_uint32),
        ("denoising_converged", c_int32),
        ("beats_clipped", c_uint32),
        ("beats_noisy", c_uint32),
        ("beats_wandering", c_uint32),
        ("beats_ectopic", c_uint32),
        ("beats_unlike", c_uint32),
        ("quality", c_float),
        ("fault", c_int32),
    ]


class IdentityStruct(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("person", c_int32), ("probability", c_float)]


class OutlierStruct(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("is_outlier", c_int32), ("score", c_float), ("threshold", c_float)]


class Match(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("verdict", c_int32),
        ("person", c_char * 48),
        ("template_index", c_int32),
        ("score", c_float),
        ("threshold", c_float),
        ("false_acceptance_probability", c_float),
        ("beat_count", c_uint32),
        ("template_count", c_uint32),
    ]


class StreamOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("beat_count", c_uint32),
        ("window_seconds", c_double),
        ("interval_seconds", c_double),
        ("lookahead_seconds", c_double),
    ]


class StreamEventStruct(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("position", c_uint64),
        ("quality", c_float),
        ("fault", c_int32),
        ("signal", c_int32),
        ("beat_count", c_uint32),
        ("person", c_int32),
        ("probability", c_float),
        ("is_outlier", c_int32),
        ("outlier_score", c_float),
    ]


_FLOATS = POINTER(c_float)
_FUNCTIONS = {
    "ecg_version": (c_char_p, []),
    "ecg_abi_version": (c_int32, []),
    "ecg_status_string": (c_char_p, [c_int32]),
    "ecg_fault_string": (c_char_p, [c_int32]),
    "ecg_model_open": (c_int32, [c_char_p, POINTER(c_void_p)]),
    "ecg_model_close": (None, [c_void_p]),
    "ecg_model_describe": (c_int32, [c_void_p, POINTER(ModelInfo)]),
    "ecg_model_label": (c_char_p, [c_void_p, c_int32]),
    "ecg_session_open": (c_int32, [c_void_p, c_double, c_double, POINTER(c_void_p)]),
    "ecg_session_close": (None, [c_void_p]),
    "ecg_session_beat_capacity": (c_size_t, [c_void_p]),
    "ecg_session_verify": (c_int32, [c_void_p]),
    "ecg_preprocess": (
        c_int32,
        [c_void_p, _FLOATS, c_size_t, c_double, _FLOATS, c_size_t, POINTER(c_size_t), POINTER(c_size_t),
         POINTER(SignalReport)],
    ),
    "ecg_beat_quality": (c_int32, [c_void_p, _FLOATS, c_size_t]),
    "ecg_identify": (c_int32, [c_void_p, _FLOATS, c_size_t, POINTER(IdentityStruct), _FLOATS]),
    "ecg_recognise": (c_int32, [c_void_p, _FLOATS, c_size_t, POINTER(IdentityStruct), _FLOATS, POINTER(OutlierStruct)]),
    "ecg_outlier_score": (c_int32, [c_void_p, _FLOATS, c_size_t, POINTER(OutlierStruct)]),
    "ecg_gallery_open": (c_int32, [c_void_p, c_size_t, POINTER(c_void_p)]),
    "ecg_gallery_close": (None, [c_void_p]),
    "ecg_gallery_enrol": (c_int32, [c_void_p, c_void_p, c_char_p, _FLOATS, c_size_t]),
    "ecg_gallery_remove": (c_int32, [c_void_p, c_char_p]),
    "ecg_gallery_count": (c_int32, [c_void_p, POINTER(c_size_t), POINTER(c_size_t)]),
    "ecg_gallery_person": (c_char_p, [c_void_p, c_size_t, POINTER(c_uint32)]),
    "ecg_gallery_save": (c_int32, [c_void_p, c_void_p, c_size_t, POINTER(c_size_t)]),
    "ecg_gallery_load": (c_int32, [c_void_p, c_char_p, c_size_t]),
    "ecg_gallery_saved_count": (c_int32, [c_char_p, c_size_t, POINTER(c_size_t)]),
    "ecg_verify": (c_int32, [c_void_p, c_void_p, c_char_p, _FLOATS, c_size_t, POINTER(Match)]),
    "ecg_gallery_identify": (c_int32, [c_void_p, c_void_p, _FLOATS, c_size_t, POINTER(Match)]),
    "ecg_stream_open": (c_int32, [c_void_p, c_double, POINTER(StreamOptions), POINTER(c_void_p)]),
    "ecg_stream_close": (None, [c_void_p]),
    "ecg_stream_push": (c_int32, [c_void_p, _FLOATS, c_size_t, POINTER(c_size_t)]),
    "ecg_stream_gap": (c_int32, [c_void_p, c_uint64]),
    "ecg_stream_finish": (c_int32, [c_void_p]),
    "ecg_stream_reset": (c_int32, [c_void_p]),
    "ecg_stream_next": (c_int32, [c_void_p, POINTER(StreamEventStruct)]),
    "ecg_stream_probabilities": (c_int32, [c_void_p, _FLOATS, c_size_t]),
    "ecg_stream_beat": (c_int32, [c_void_p, _FLOATS, c_size_t]),
    "ecg_stream_set_gallery": (c_int32, [c_void_p, c_void_p, c_char_p]),
    "ecg_stream_match": (c_int32, [c_void_p, POINTER(Match)]),
    "ecg_stream_enrol": (c_int32, [c_void_p, c_void_p, c_char_p, POINTER(c_uint32)]),
    "ecg_detector_size": (c_int32, [c_double, POINTER(c_size_t)]),
    "ecg_detector_init": (c_int32, [c_double, c_void_p, c_size_t, POINTER(c_void_p)]),
    "ecg_detector_push": (
        c_int32, [c_void_p, _FLOATS, c_size_t, POINTER(c_uint64), _FLOATS, c_size_t, POINTER(c_size_t)]),
    "ecg_detector_finish": (c_int32, [c_void_p, POINTER(c_uint64), _FLOATS, c_size_t, POINTER(c_size_t)]),
}


def _open() -> ctypes.CDLL:
    """Opens $ECG_LIBRARY, else the library in this package, else the system's."""
    named = os.environ.get("ECG_LIBRARY")
    packaged = Path(__file__).with_name("libecg.so")
    path = named or (str(packaged) if packaged.exists() else "libecg.so")
    try:
        opened = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"libecg was not found ({error}): run `make install` and ldconfig, or set ECG_LIBRARY to the path of libecg.so"
        ) from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(opened, name)
        function.restype = result
        function.argtypes = arguments
    if opened.ecg_abi_version() != ABI_VERSION:
        raise ImportError(
            f"{path} has ABI version {opened.ecg_abi_version()}, this package needs {ABI_VERSION}: install both anew"
        )
    return opened


library = _open()

ERROR_NO_BEATS = -7
ERROR_NO_OUTLIER_REFERENCE = -23
ERROR_POOR_SIGNAL = -24
ERROR_UNKNOWN_PERSON = -27

# The faults that beats are left out for, and the fields of SignalReport that count them.
FAULT_FIELDS = {
    1: "beats_at_border", 2: "beats_at_gap", 3: "beats_flat", 4: "beats_clipped", 5: "beats_noisy",
    6: "beats_wandering", 7: "beats_of_odd_amplitude", 8: "beats_ectopic", 9: "beats_unlike",
}


def check(status: int) -> None:
    """Raises EcgError for a status other than ECG_OK."""
    if status != 0:
        raise EcgError(status, library.ecg_status_string(status).decode())
