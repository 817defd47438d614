package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestDocumentation holds docs/cli.md to the options and the exit statuses that
// there are.
func TestDocumentation(t *testing.T) {
	page := readFile(t, "../../docs/cli.md")

	help := invoke(t, "--help").out
	_, flags, _ := strings.Cut(help, "Flags:\n")
	names := regexp.MustCompile(`(?m)^ +(-\w, )?--([\w-]+)`).FindAllStringSubmatch(flags, -1)
	if len(names) < 20 {
		t.Fatalf("only %d options in the help:\n%s", len(names), help)
	}
	for _, name := range names {
		if option := "`" + name[1] + "--" + name[2]; name[2] != "help" && name[2] != "version" &&
			!strings.Contains(page, strings.Replace(option, ", ", "`, `", 1)) {
			t.Errorf("option %s is not on the page", option)
		}
	}

	statuses := regexp.MustCompile(`(?m)^\texit\w+ += (\d+)`).FindAllStringSubmatch(readFile(t, "exit.go"), -1)
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| .+ \|$`).FindAllStringSubmatch(page, -1)
	if len(statuses) == 0 || len(statuses) != len(rows) {
		t.Fatalf("%d exit statuses, %d on the page", len(statuses), len(rows))
	}
	for i, row := range rows {
		if row[1] != statuses[i][1] {
			t.Errorf("exit status %s on the page, want %s", row[1], statuses[i][1])
		}
	}
}
