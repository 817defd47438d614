package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// wantGolden compares text with a file in testdata, line by line, after what
// varies was replaced.
func wantGolden(t *testing.T, name, text string) {
	t.Helper()
	text = steady(text)
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, want := strings.Split(text, "\n"), strings.Split(readFile(t, file), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%s, line %d and what follows:\n%s\nwant:\n%s", file, i+1,
				strings.Join(got[min(i, len(got)):], "\n"), strings.Join(want[min(i, len(want)):], "\n"))
		}
	}
}

func TestStory(t *testing.T) {
	origin, secure := newOrigin(t), newSecureOrigin(t)
	for _, test := range []struct {
		name string
		args []string
	}{
		{"redirect.txt", []string{"-v", "-u", "Ada:secret", "-d", "token=secret", origin.URL + "/login"}},
		{"secure.txt", []string{"-vk", "--json", "{}", secure.URL + "/echo"}},
		{"missing.txt", []string{"-vf", origin.URL + "/missing?x=y"}},
		{"trailers.txt", []string{"-v", origin.URL + "/trailers"}},
		{"broken.txt", []string{"-v", "-o", os.DevNull, origin.URL + "/broken"}},
		{"refused.txt", []string{"-v", "http://" + unusedAddress(t)}},
		{"stall.txt", []string{"-v", "--max-time", "0.1", origin.URL + "/stall"}},
		{"upload.txt", []string{"-v", "--data-binary", "@-", origin.URL + "/echo"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, test.args...)
			if strings.Contains(i.err, "secret") || strings.Contains(i.err, "Ada") {
				t.Errorf("a secret is shown: %s", i.err)
			}
			wantGolden(t, test.name, i.err)
		})
	}
}
