package httpx_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/inspect"
)

// A question is a section of docs/questions.md.
type question struct {
	number int
	text   string
	code   []string // lines
	page   string
	metric string
	test   string
}

// TestQuestionsPage holds docs/questions.md to its tests, one to one: a heading
// is what the comment of its test says, the code stands in that test, what it
// shows of the page is on it, and the metrics are ones that there are.
func TestQuestionsPage(t *testing.T) {
	questions := readQuestions(t)
	tests := questionTests(t)
	if len(questions) != 20 || len(tests) != 20 {
		t.Errorf("there are %d questions and %d tests, want 20 of each", len(questions), len(tests))
	}
	page, metrics := readFile(t, "inspect/page/index.html"), knownMetrics(t)
	for i, q := range questions {
		t.Run(fmt.Sprint(q.number), func(t *testing.T) {
			if name := fmt.Sprintf("TestQuestion%02d", i+1); q.number != i+1 || q.test != name {
				t.Errorf("its test is %s, want %s", q.test, name)
			}
			test := tests[q.test]
			if test.question != q.text {
				t.Errorf("the page asks %q, its test %q", q.text, test.question)
			}
			if len(q.code) == 0 {
				t.Error("there is no code")
			}
			for _, line := range q.code {
				if !strings.Contains(test.source, line) {
					t.Errorf("%s has no %s", q.test, line)
				}
			}
			for _, words := range quoted(`\*\*(.+?)\*\*`, q.page) {
				if !strings.Contains(page, words) {
					t.Errorf("%q is not on the page of package inspect", words)
				}
			}
			if q.page == "" || q.metric == "" {
				t.Error("a line for the page or the metric is missing")
			}
			for _, name := range quoted("`(http[^`]*)`", q.metric) {
				if !metrics[name] {
					t.Errorf("there is no metric %s", name)
				}
			}
		})
	}
}

// readQuestions takes the page apart.
func readQuestions(t *testing.T) []question {
	t.Helper()
	sections := strings.Split(readFile(t, "docs/questions.md"), "\n## ")
	var all []question
	for _, section := range sections[1:] {
		heading, rest, _ := strings.Cut(section, "\n")
		var q question
		number, text, ok := strings.Cut(heading, ". ")
		if _, err := fmt.Sscan(number, &q.number); err != nil || !ok {
			t.Fatalf("the heading %q has no number", heading)
		}
		q.text = text
		for line := range strings.Lines(rest) {
			switch line = strings.TrimRight(line, "\n"); {
			case strings.HasPrefix(line, "    "):
				q.code = append(q.code, strings.TrimSpace(line))
			case strings.HasPrefix(line, "- Page: "):
				q.page = line
			case strings.HasPrefix(line, "- Metric: "):
				q.metric = line
			case strings.HasPrefix(line, "- Test: "):
				q.test = strings.Trim(strings.TrimPrefix(line, "- Test: "), "`")
			}
		}
		all = append(all, q)
	}
	return all
}

type questionTest struct{ question, source string }

// questionTests are the tests that are named so, with the first line of their
// comment and their source.
func questionTests(t *testing.T) map[string]questionTest {
	t.Helper()
	names, err := filepath.Glob("questions*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]questionTest)
	for _, name := range names {
		text := readFile(t, name)
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || !regexp.MustCompile(`^TestQuestion\d+$`).MatchString(f.Name.Name) {
				continue
			}
			source := text[files.Position(f.Pos()).Offset:files.Position(f.End()).Offset]
			found[f.Name.Name] = questionTest{strings.Join(strings.Fields(f.Doc.Text()), " "), source}
		}
	}
	return found
}

// knownMetrics are those that package inspect writes and those of docs/metrics.md.
func knownMetrics(t *testing.T) map[string]bool {
	t.Helper()
	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	w := httptest.NewRecorder()
	inspect.Handler(pool).ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/metrics", nil))
	known := make(map[string]bool)
	for _, name := range quoted(`(?m)^# TYPE (\S+) `, w.Body.String()) {
		known[name] = true
	}
	if !known["httpx_pool_connections"] {
		t.Fatalf("package inspect wrote:\n%s", w.Body)
	}
	for _, name := range quoted("(?m)^\\| `(\\S+)` \\|", readFile(t, "docs/metrics.md")) {
		known[name] = true
	}
	return known
}

// quoted gives the first group of each match.
func quoted(pattern, text string) (found []string) {
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
