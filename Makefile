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
# What the release build is made with; static, so that an installed binary needs no Swift runtime beside it.
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

test-debug:
	swift build --build-tests $(FLAGS)
	swift test --skip-build --disable-xctest --disable-testable-imports

test-release:
	swift build -c release --build-tests $(FLAGS) --disable-testable-imports
	swift test -c release --skip-build --disable-xctest --disable-testable-imports

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
