package httpx_test

import (
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCode holds the Go code of README.md, of the pages below docs
// and of the package comment to the examples, which are compiled and run: each
// piece stands in one of them, line by line.
func TestDocumentedCode(t *testing.T) {
	examples := exampleLines(t)
	pages := []string{"README.md"}
	more, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, more...) {
		for _, code := range goBlocks(readFile(t, page)) {
			requireExample(t, page, code, examples)
		}
	}
	for _, code := range packageCode(t, "doc.go") {
		requireExample(t, "doc.go", code, examples)
	}
}

func requireExample(t *testing.T, where, code string, examples string) {
	t.Helper()
	if lines := codeLines(code); !strings.Contains(examples, lines) {
		t.Errorf("%s: no example has these lines:\n%s", where, lines)
	}
}

// goBlocks are the blocks of a page that are marked as Go.
func goBlocks(page string) []string {
	var blocks []string
	for _, found := range regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

// packageCode is the Go code in a package comment; what else is indented there
// holds no call.
func packageCode(t *testing.T, name string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		if code, ok := block.(*comment.Code); ok && strings.Contains(code.Text, "httpx.") {
			found = append(found, code.Text)
		}
	}
	return found
}

// aLiteralURL is what an example has a variable for, since its server is not
// www.example.com.
var aLiteralURL = regexp.MustCompile(`"http://www\.example\.com/[a-z]*"`)

// codeLines are the statements of a piece of code without their indentation; of
// a program, those of main.
func codeLines(code string) string {
	if _, body, isProgram := strings.Cut(code, "func main() {\n"); isProgram {
		code = strings.TrimSuffix(strings.TrimSpace(body), "}")
	}
	code = aLiteralURL.ReplaceAllString(code, "url")
	code = strings.ReplaceAll(code, `"93.184.215.14:80"`, "address")
	var lines []string
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// exampleLines are those of all examples.
func exampleLines(t *testing.T) string {
	var all []string
	for _, folder := range []string{".", "inspect", "nethttp"} {
		names, err := filepath.Glob(filepath.Join(folder, "example*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			all = append(all, codeLines(readFile(t, name)))
		}
	}
	return strings.Join(all, "\n")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
