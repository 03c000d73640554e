"""What others build against: installed files, pkg-config and CMake packages, the binary interface, models as C arrays."""

import shutil

import pytest

from conftest import ROOT, ecgid, needs, run

COMPILERS = ["gcc", "clang", "aarch64-linux-gnu-gcc", "arm-none-eabi-gcc"]


# ---- Installed files -------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    run(ROOT / "Scripts/install-files", folder, folder)
    return folder


def test_library_has_a_version_in_its_name(prefix):
    version = run(ROOT / "Scripts/version").strip()
    major = version.split(".")[0]
    assert {path.name for path in (prefix / "lib").glob("libecg.so*")} == {
        "libecg.so", f"libecg.so.{major}", f"libecg.so.{version}"}
    assert f"SONAME               libecg.so.{major}\n" in run("objdump", "-p", prefix / "lib/libecg.so")
    assert f'version = "{version}"' in (ROOT / "python/pyproject.toml").read_text()


def test_staged_files_know_where_they_will_be_used(tmp_path):
    run(ROOT / "Scripts/install-files", tmp_path / "stage/usr", "/usr")
    text = (tmp_path / "stage/usr/lib/pkgconfig/ecg.pc").read_text()
    assert text.startswith("prefix=/usr\n") and "@" not in text and str(tmp_path) not in text


@needs("pkg-config")
@pytest.mark.parametrize("static", [False, True])
def test_pkg_config(study, prefix, tmp_path, static):
    environment = {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "PATH": "/usr/bin:/bin"}
    flags = run("pkg-config", "--cflags", "--libs", *["--static"] * static, "ecg", env=environment).split()
    linked = ["-Wl,-Bstatic", *flags, "-Wl,-Bdynamic", "-lm"] if static else [*flags, f"-Wl,-rpath,{prefix}/lib"]
    linked = [flag for flag in linked if not static or flag != "-lm"] + ["-lm"] * static
    run("cc", "-std=c99", ROOT / "c-examples/identify.c", *linked, "-o", tmp_path / "identify")
    assert ("libecg" in run("ldd", tmp_path / "identify")) == (not static)
    said = run(tmp_path / "identify", study.small, study.recording(study.known, ".f32"), 500, status=None)
    assert "most like" in said


EXAMPLES = ["gallery.c", "host.cpp", "identify.c", "no_malloc.c", "r_peaks.c", "stream.c", "wearer.c"]


def test_every_example_is_known_here():
    assert {path.name for path in (ROOT / "c-examples").glob("*.c*")} == set(EXAMPLES)


@needs("cmake")
@pytest.mark.parametrize("flags", ["", "-fsanitize=address,undefined -fno-sanitize-recover=all"])
@pytest.mark.parametrize("compiler", [("gcc", "g++"), ("clang", "clang++")])
def test_cmake_package(study, prefix, tmp_path, compiler, flags):
    """Every example, with each library: they say the same."""
    if not all(map(shutil.which, compiler)):
        pytest.skip(f"needs {' and '.join(compiler)}")
    version = run(ROOT / "Scripts/version").strip()
    lines = ["cmake_minimum_required(VERSION 3.16)", "project(consumer C CXX)", "set(CMAKE_CXX_STANDARD 17)",
             f"find_package(ecg {version} REQUIRED)"]
    for example in EXAMPLES:
        for linked in ("ecg", "static"):
            name = f"{example.split('.')[0]}-{linked}"
            lines += [f"add_executable({name} {ROOT}/c-examples/{example})", f"target_link_libraries({name} ecg::{linked})"]
    (tmp_path / "CMakeLists.txt").write_text("\n".join(lines))
    flags = f"-Wall -Wextra -Werror {flags}"
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_FLAGS={flags}",
        f"-DCMAKE_CXX_FLAGS={flags}", f"-DCMAKE_C_COMPILER={compiler[0]}", f"-DCMAKE_CXX_COMPILER={compiler[1]}")
    run("cmake", "--build", tmp_path / "build")
    known, stranger = (study.recording(person, ".f32") for person in (study.known, study.stranger))
    calls = {
        "gallery": ([study.small, 500, known, stranger, known], "as Ada"),
        "host": ([study.small, known, 500], "most like"),
        "identify": ([study.small, known, 500], "most like"), "no_malloc": ([study.small, known, 500], "person "),
        "r_peaks": ([500], "."), "stream": ([study.small, 500], "beat"),
        "wearer": ([study.small, 500, known, stranger], "enrolled")}
    for example, (arguments, expected) in calls.items():
        said = {}
        for linked in ("ecg", "static"):
            program = tmp_path / "build" / f"{example}-{linked}"
            assert ("libecg" in run("ldd", program)) == (linked == "ecg")
            with open(known, "rb") as samples:
                # Status 1 is an answer, too: a stranger, or somebody who was not accepted.
                said[linked] = run(program, *arguments, status=(0, 1), stdin=samples)
        assert said["ecg"] == said["static"] and expected in said["ecg"]


@needs("cmake")
def test_cmake_package_refuses_another_version(prefix, tmp_path):
    for wanted in ("0.0.9", "0.2", "1.0", "7"):
        (tmp_path / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.16)\nproject(consumer C)\nfind_package(ecg {wanted} REQUIRED)\n")
        run("cmake", "-S", tmp_path, "-B", tmp_path / wanted, f"-DCMAKE_PREFIX_PATH={prefix}", status=1)


# ---- The binary interface --------------------------------------------------------------------------------------------

def test_binary_interface_is_the_one_on_record():
    now = run("python3", ROOT / "Scripts/dump-abi")
    assert now == (ROOT / "Tests/Hosts/abi.c").read_text(), (
        "include/ecg.h describes another binary interface: if that is meant, raise ECG_ABI_VERSION where something "
        "changed that was there, then Scripts/dump-abi > Tests/Hosts/abi.c")
    exported = set((ROOT / "Scripts/symbols.txt").read_text().split())
    assert exported == {line.split("(")[0].split()[-1].lstrip("*") for line in now.splitlines() if "extern" in line}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_binary_interface_is_the_same_everywhere(compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}: make device-test installs it")
    run(compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I", ROOT / "include",
        ROOT / "Tests/Hosts/abi.c")


# ---- Models as C arrays ----------------------------------------------------------------------------------------------

PROGRAM = """
#include <stdio.h>
#include "ecg.h"
#include "model.h"
#ifdef __cplusplus
alignas(64)
#else
__attribute__((aligned(64)))
#endif
static unsigned char model_memory[ADA_MEMORY_SIZE], session_memory[ADA_SESSION_SIZE + 64];
static unsigned char stream_memory[ADA_STREAM_SIZE + 64], gallery_memory[ADA_GALLERY_SIZE + 64];
static unsigned char *aligned(unsigned char *memory) { return memory + (64 - (size_t)memory % 64) % 64; }
int main(void) {
  size_t needed;
  ecg_model *model;
  ecg_session *session;
  ecg_stream *stream;
  ecg_gallery *gallery;
  const ecg_stream_options options = ADA_STREAM_OPTIONS;
  unsigned char *memory = aligned(session_memory);
  if (ecg_model_size(ada_bytes, ADA_SIZE, &needed) || needed > ADA_MEMORY_SIZE) return 1;
  if (ecg_model_init(ada_bytes, ADA_SIZE, model_memory, sizeof model_memory, &model)) return 2;
  if (ecg_session_size(model, ADA_SESSION_SECONDS, ADA_SESSION_RATE, &needed) || needed > ADA_SESSION_SIZE) return 3;
  if (ecg_session_init(model, ADA_SESSION_SECONDS, ADA_SESSION_RATE, memory, ADA_SESSION_SIZE, &session)) return 4;
  if (ecg_session_verify(session)) return 5;
  if (ecg_session_beat_capacity(session) != ADA_BEAT_CAPACITY) return 6;
  if (ecg_stream_size(model, ADA_SESSION_RATE, &options, &needed) || needed > ADA_STREAM_SIZE) return 7;
  if (ecg_stream_init(model, ADA_SESSION_RATE, &options, aligned(stream_memory), ADA_STREAM_SIZE, &stream)) return 8;
  if (options.beat_count != 4 || options.window_seconds != 7.5) return 9;
  if (ecg_gallery_size(model, ADA_GALLERY_CAPACITY, &needed) || needed > ADA_GALLERY_SIZE) return 10;
  if (ecg_gallery_init(model, ADA_GALLERY_CAPACITY, aligned(gallery_memory), ADA_GALLERY_SIZE, &gallery)) return 11;
  for (int i = 0; i < ADA_PERSON_COUNT; i++) puts(ecg_model_label(model, i));
  return 0;
}
"""


@pytest.fixture(scope="module")
def exported(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    ecgid("export", study.small, "--c", folder / "model.h", "--name", "ada", "--seconds", "12.5", "--rate", "250",
          "--stream-beats", "4", "--stream-window", "7.5", "--gallery", "5")
    for suffix in ("c", "cpp"):
        (folder / f"program.{suffix}").write_text(PROGRAM)
    return folder


@pytest.mark.parametrize("compiler, standard", [("gcc", "c99"), ("gcc", "c11"), ("clang", "c11"), ("g++", "c++17")])
def test_exported_array_is_the_model(study, exported, tmp_path, compiler, standard):
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    source = exported / ("program.cpp" if "++" in standard else "program.c")
    run(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", ROOT / "include", source,
        ROOT / "build/device/libecg.a", "-lm", "-o", tmp_path / "program")
    labels = ecgid("info", study.small, "--field", "labels")
    assert run(tmp_path / "program") == labels
    text = (exported / "model.h").read_text()
    assert all(label in text for label in labels.split())


def test_export_explains_errors(study, tmp_path):
    assert "no name for a C array" in ecgid("export", study.small, "--c", tmp_path / "a.h", "--name", "9", status=1)
    assert "cannot be written" in ecgid("export", study.small, "--c", tmp_path / "none/a.h", status=1)
    assert "sampling rate" in ecgid("export", study.small, "--c", tmp_path / "a.h", "--rate", "1", status=1)
    assert "no such stream" in ecgid("export", study.small, "--c", tmp_path / "a.h", "--stream-window", "1", status=1)
    assert "no gallery of 0" in ecgid("export", study.small, "--c", tmp_path / "a.h", "--gallery", "0", status=1)
    assert "a.h" in ecgid("export", tmp_path / "a.h", "--c", tmp_path / "b.h", status=1)
    assert not list(tmp_path.iterdir())
