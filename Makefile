# make demo   set up, build, import the shipped Deformable R-FCN, inspect and verify it
# make test   set up and pass every test
# make lint   formatting and the checks of the house
# make install PREFIX=/usr/local

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
BUILD := .build/release
# An import that a target does not declare is an error.
FLAGS := --explicit-target-dependency-import-check error

.PHONY: help setup build demo test test-debug test-release lint format install clean

help:
	sed -n 's/^# //p' Makefile | head -4

setup:
	.ci/setup

build: setup
	swift build -c release $(FLAGS) --product dcnconv
	swift build -c release $(FLAGS) --product dcnbench

demo: build
	.ci/demo $(BUILD)/dcnconv

# The engine is tested as it ships, in release mode; everything is tested in debug mode too, where
# overflow checks and preconditions of the standard library are on.
test: setup test-debug test-release

# Without testable imports a test build shares its modules with the plain one.
TEST := swift test --disable-xctest --disable-testable-imports $(FLAGS)

test-debug:
	$(TEST)

# What is compared with recordings is computed in fp64 by the chosen instruction set alone: again by the lower ones.
test-release:
	$(TEST) -c release
	for set in baseline avx2; do
	  DCNCONV_ISA=$$set $(TEST) -c release --skip-build --filter 'Golden|Recorded|Parity|Gradient'
	done

lint: setup
	swift format lint --strict --recursive Sources Tests Package.swift
	.ci/check-house

format:
	swift format --in-place --recursive Sources Tests Package.swift

install: build
	install -d $(PREFIX)/bin
	install $(BUILD)/dcnconv $(BUILD)/dcnbench $(PREFIX)/bin

clean:
	swift package clean
