# make demo      from nothing to a trained model that the C example uses (DATA=folder takes recordings of yours)
# make test      everything that is checked, the linter included
# make bench     speed beside other libraries in the same run
# make install   libecg, its headers and ecgid below PREFIX
# make device    libecg.so and libecg.a in build/device
# make device-test   libecg on AArch64 Linux, WebAssembly and Cortex-M7 and -M4F bare metal
# make lint      formatting and style
PREFIX ?= /usr/local
DESTDIR ?=
DATA ?=

BUILD_PACKAGES := libhdf5-dev libdnnl-dev libflac-dev pkg-config gcc g++ libc6-dev binutils
TEST_PACKAGES := python3 python3-venv hdf5-tools
DEVICE_PACKAGES := gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user \
  gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm cmake wasi-libc nodejs \
  libc6-dev-i386 lib32gcc-$(shell gcc -dumpversion 2>/dev/null | cut -d. -f1)-dev

.DEFAULT_GOAL := help
.PHONY: help packages demo test bench lint device device-test install

help:
	@sed -n 's/^# make/make/p' Makefile

packages:
	@Scripts/install-packages $(BUILD_PACKAGES)

demo: packages
	@Scripts/demo "$(DATA)"

test:
	@Scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@Scripts/install-packages $(DEVICE_PACKAGES) || echo "Tests of other machines will be skipped"
	@Scripts/run-tests

bench: packages
	@Scripts/install-packages $(TEST_PACKAGES)
	@Benchmarks/run

lint:
	@Scripts/lint

device: packages
	@Scripts/build-device build/device
	@Scripts/check-symbols build/device/libecg.so

device-test: packages
	@Scripts/install-packages $(TEST_PACKAGES) $(DEVICE_PACKAGES)
	@Scripts/run-tests devices

install: device
	@swift build -c release --product ecgid
	@Scripts/install-files "$(DESTDIR)$(PREFIX)" "$(PREFIX)"
