package httpx_test

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A floorPlan says which package may import which. Its check reads source
// files, not the build: a file for another platform is held to the plan too,
// and so are nested modules. Test files may import what they like.
type floorPlan struct {
	module string
	places []place

	// httpNames lists, by file of the root package, the names of net/http and
	// its subpackages that the file may use: cookies, jars and status text.
	httpNames map[string][]string
}

// A place puts a package, or with a trailing /... all below a directory, on a
// floor.
type place struct {
	dir       string   // slash-separated, relative to the repository's root
	floor     int      // higher floors import lower ones
	why       string   // why it stands there
	beside    []string // packages of the same floor that it may import all the same
	testsOnly bool     // imported by test files only
	testKit   bool     // may import package testing and the like
}

// The root's floor: below it stand the machines, which know neither net/http
// nor anything that is not in the standard library.
const rootFloor = 2

// heavy lists, with the reason, what the floors below the root do not import.
// An entry covers the packages below it too.
var heavy = []struct{ path, why string }{
	{"net/http", "the floors below the root are unaware of net/http"},
	{"net/rpc", "it brings net/http with it"},
	{"expvar", "it brings net/http with it"},
	{"html/template", "pages are made on floor 3"},
	{"text/template", "pages are made on floor 3"},
	{"log", "a library reports by values; its caller logs"},
	{"flag", "options are values"},
	{"os/exec", "a client starts no programs"},
}

// A sourcePackage is a directory of Go files.
type sourcePackage struct {
	dir        string // relative to the root, slash-separated
	importPath string
	name       string
	hasDoc     bool
	files      []sourceFile // without tests
}

type sourceFile struct {
	name string // relative to the root, slash-separated
	ast  *ast.File
}

// check reads the tree below root and returns what breaks the plan, a line
// each: file, import and reason.
func (p *floorPlan) check(root string) ([]string, error) {
	packages, err := p.read(root)
	if err != nil {
		return nil, err
	}
	byImportPath := make(map[string]*sourcePackage)
	for _, pkg := range packages {
		byImportPath[pkg.importPath] = pkg
	}

	var violations []string
	report := func(format string, args ...any) {
		violations = append(violations, fmt.Sprintf(format, args...))
	}
	for _, pkg := range packages {
		here, ok := p.find(pkg.dir)
		if !ok {
			report("%s: the package is not on the floor plan; give it a place and a reason in floorplan_test.go", pkg.dir)
			continue
		}
		if !pkg.hasDoc {
			report("%s: package %s has no package doc comment", pkg.dir, pkg.name)
		}
		for _, file := range pkg.files {
			for _, spec := range file.ast.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", file.name, err)
				}
				var why string
				if target, ours := byImportPath[imported]; ours {
					why = p.refuseOurs(here, target)
				} else if p.isOurs(imported) {
					why = "no such package in this repository"
				} else {
					why = refuseForeign(here, imported)
				}
				if why != "" {
					report("%s imports %q: %s", file.name, imported, why)
				}
			}
			if pkg.dir == "." {
				for _, name := range p.strayHTTPNames(file) {
					report("%s uses %s: the root uses net/http for cookies, jars and status text only, in the files listed in floorplan_test.go", file.name, name)
				}
			}
		}
	}
	for _, pl := range p.places {
		if !slices.ContainsFunc(packages, pl.holds) {
			report("%s: the plan has a place for it, and there is no such package; take its line out of floorplan_test.go", pl.dir)
		}
	}
	return violations, nil
}

// holds reports whether a package stands at the place.
func (pl place) holds(pkg *sourcePackage) bool {
	if above, ok := strings.CutSuffix(pl.dir, "/..."); ok {
		return isAtOrBelow(pkg.dir, above)
	}
	return pkg.dir == pl.dir
}

// refuseOurs says why a package at here must not import target, or "".
func (p *floorPlan) refuseOurs(here place, target *sourcePackage) string {
	there, ok := p.find(target.dir)
	switch {
	case !ok:
		return "" // reported for the package itself
	case there.testsOnly:
		return fmt.Sprintf("%s is for test files only: %s", target.dir, there.why)
	case there.floor < here.floor:
		return ""
	case there.floor == here.floor && slices.Contains(here.beside, target.dir):
		return ""
	case there.dir == here.dir && strings.HasSuffix(here.dir, "/...") && target.name != "main":
		return "" // rooms of one place
	case there.floor == here.floor:
		return fmt.Sprintf("sideways on floor %d: %s; %s", here.floor, here.why, there.why)
	default:
		return fmt.Sprintf("up from floor %d to floor %d: %s; %s", here.floor, there.floor, here.why, there.why)
	}
}

// refuseForeign says why a package at here must not import a package that is
// not of this repository, or "".
func refuseForeign(here place, imported string) string {
	if isStandard(imported) {
		if here.floor < rootFloor {
			for _, h := range heavy {
				if isAtOrBelow(imported, h.path) {
					return fmt.Sprintf("not below the root: %s", h.why)
				}
			}
		}
		if isAtOrBelow(imported, "testing") && !here.testKit && !here.testsOnly {
			return "package testing belongs to tests and test kits"
		}
		return ""
	}
	if here.floor < rootFloor {
		return fmt.Sprintf("floor %d stands on the standard library alone", here.floor)
	}
	return ""
}

// strayHTTPNames lists the uses of net/http in a file of the root package that
// the plan does not name.
func (p *floorPlan) strayHTTPNames(file sourceFile) []string {
	locals := make(map[string]string) // the file's name of the import → its package name
	var stray []string
	for _, spec := range file.ast.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if !isAtOrBelow(imported, "net/http") {
			continue
		}
		name := path.Base(imported)
		switch {
		case spec.Name == nil:
			locals[name] = name
		case spec.Name.Name == "." || spec.Name.Name == "_":
			stray = append(stray, fmt.Sprintf("%s as %q", imported, spec.Name.Name))
		default:
			locals[spec.Name.Name] = name
		}
	}
	if len(locals) == 0 {
		return stray
	}
	allowed := p.httpNames[path.Base(file.name)]
	ast.Inspect(file.ast, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := selector.X.(*ast.Ident)
		// An identifier that the parser resolved is a variable, not an import.
		if !ok || x.Obj != nil || locals[x.Name] == "" {
			return true
		}
		name := locals[x.Name] + "." + selector.Sel.Name
		if !slices.Contains(allowed, name) && !slices.Contains(stray, name) {
			stray = append(stray, name)
		}
		return true
	})
	return stray
}

// find returns the place of a directory: its own line, or the closest /... line
// above it.
func (p *floorPlan) find(dir string) (place, bool) {
	for _, pl := range p.places {
		if pl.dir == dir {
			return pl, true
		}
	}
	for ; dir != "."; dir = path.Dir(dir) {
		for _, pl := range p.places {
			if pl.dir == dir+"/..." {
				return pl, true
			}
		}
	}
	return place{}, false
}

func (p *floorPlan) isOurs(imported string) bool { return isAtOrBelow(imported, p.module) }

func isAtOrBelow(imported, prefix string) bool {
	return imported == prefix || strings.HasPrefix(imported, prefix+"/")
}

// isStandard tells the standard library's paths from the others: their first
// element has no dot.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// read parses the Go files below root, tests apart.
func (p *floorPlan) read(root string) ([]*sourcePackage, error) {
	modules := make(map[string]string) // directory → module path
	byDir := make(map[string]*sourcePackage)
	var packages []*sourcePackage
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if rel != "." && isIgnoredDir(entry.Name()) {
				return filepath.SkipDir
			}
			module, err := readModulePath(filepath.Join(name, "go.mod"))
			if module != "" {
				modules[rel] = module
			}
			return err
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := path.Dir(rel)
		pkg := byDir[dir]
		if pkg == nil {
			pkg = &sourcePackage{dir: dir, importPath: importPathOf(dir, modules), name: file.Name.Name}
			byDir[dir] = pkg
			packages = append(packages, pkg)
		}
		if strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		pkg.name = file.Name.Name
		pkg.hasDoc = pkg.hasDoc || file.Doc != nil && strings.TrimSpace(file.Doc.Text()) != ""
		pkg.files = append(pkg.files, sourceFile{name: rel, ast: file})
		return nil
	})
	if err == nil && modules["."] != p.module {
		err = fmt.Errorf("the go.mod in %s is of module %q, the plan is of %q", root, modules["."], p.module)
	}
	return packages, err
}

// isIgnoredDir reports whether the go command would not look into a directory.
func isIgnoredDir(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" || name == "node_modules"
}

// importPathOf finds the module that a directory belongs to, which may be a
// nested one.
func importPathOf(dir string, modules map[string]string) string {
	for above := dir; ; above = path.Dir(above) {
		if module, ok := modules[above]; ok {
			return path.Join(module, strings.TrimPrefix(strings.TrimPrefix(dir, above), "/"))
		}
		if above == "." {
			return dir
		}
	}
}

// readModulePath returns the module line of a go.mod, or "" where there is no
// such file.
func readModulePath(name string) (string, error) {
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == "module" {
			return strings.Trim(fields[1], `"`), nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s: no module line", name)
}

// TestFloorPlanCheckFinds shows the check a small repository that keeps its
// plan, then the same one with one thing wrong at a time.
func TestFloorPlanCheckFinds(t *testing.T) {
	plan := floorPlan{
		module: "example.org/house",
		places: []place{
			{dir: "cmd/...", floor: 4, why: "programs"},
			{dir: ".", floor: 2, why: "names"},
			{dir: "internal/a", floor: 1, why: "machine a"},
			{dir: "internal/b", floor: 1, why: "machine b", beside: []string{"internal/a"}},
			{dir: "raw", floor: 0, why: "bytes"},
			{dir: "leak", floor: 0, why: "tests", testsOnly: true, testKit: true},
			{dir: "extra/...", floor: 3, why: "extras"},
		},
		httpNames: map[string][]string{"cookies.go": {"http.Cookie", "cookiejar.New"}},
	}
	const doc = "// Package x is documented.\n"
	sound := map[string]string{
		"go.mod":               "module example.org/house\n",
		"house.go":             doc + "package house\nimport (\n\"example.org/house/internal/a\"\n_ \"example.org/codec\"\n)\nvar _ = a.A\n",
		"cookies.go":           "package house\nimport (\n\"net/http\"\njar \"net/http/cookiejar\"\n)\nvar _ http.Cookie\nvar _ = jar.New\n",
		"house_test.go":        "package house\nimport _ \"example.org/house/leak\"\nimport _ \"net/http/httptest\"\n",
		"cmd/house/main.go":    "// Command house is documented.\npackage main\nimport _ \"example.org/house\"\n",
		"internal/a/a.go":      doc + "package a\nimport _ \"example.org/house/raw\"\nconst A = 1\n",
		"internal/b/b.go":      doc + "package b\nimport _ \"example.org/house/internal/a\"\n",
		"raw/doc.go":           doc + "package raw\n",
		"raw/raw.go":           "package raw\nimport _ \"crypto/tls\"\n",
		"raw/raw_test.go":      "package raw_test\nimport _ \"net/http\"\n",
		"leak/leak.go":         doc + "package leak\nimport _ \"testing\"\n",
		"extra/otel/room/r.go": doc + "package room\n",
		"extra/otel/go.mod":    "module example.org/house/extra/otel\n",
		"extra/otel/otel.go":   doc + "package otel\nimport _ \"example.org/house\"\nimport _ \"example.org/otel\"\n",
		"raw/testdata/bad.go":  "package bad\nimport _ \"net/http\"\n",
		".hidden/bad.go":       "package bad\nimport _ \"net/http\"\n",
	}

	cases := []struct {
		name       string
		file, text string
		want       []string // what the only violation says; none: the tree is sound
	}{
		{name: "a sound tree"},
		{name: "a room of the same place", file: "extra/otel/room.go", text: "package otel\nimport _ \"example.org/house/extra/otel/room\"\n"},
		{"up", "raw/up.go", "package raw\nimport _ \"example.org/house/internal/a\"\n",
			[]string{"raw/up.go", `"example.org/house/internal/a"`, "up from floor 0 to floor 1", "machine a"}},
		{"up to the root", "internal/a/up.go", "package a\nimport _ \"example.org/house\"\n",
			[]string{"internal/a/up.go", "up from floor 1 to floor 2", "names"}},
		{"up in a file for another platform", "raw/raw_windows.go", "//go:build windows\n\npackage raw\nimport _ \"example.org/house/internal/a\"\n",
			[]string{"raw/raw_windows.go", "up from floor 0 to floor 1"}},
		{"sideways", "internal/a/side.go", "package a\nimport _ \"example.org/house/internal/b\"\n",
			[]string{"internal/a/side.go", "sideways on floor 1", "machine b"}},
		{"up to a nested module", "house2.go", "package house\nimport _ \"example.org/house/extra/otel\"\n",
			[]string{"house2.go", "up from floor 2 to floor 3", "extras"}},
		{"sideways between commands", "cmd/other/main.go", "// Command other is documented.\npackage main\nimport _ \"example.org/house/cmd/house\"\n",
			[]string{"cmd/other/main.go", "sideways on floor 4"}},
		{"net/http below the root", "raw/http.go", "package raw\nimport _ \"net/http\"\n",
			[]string{"raw/http.go", `"net/http"`, "unaware of net/http"}},
		{"below net/http below the root", "internal/a/trace.go", "package a\nimport _ \"net/http/httptrace\"\n",
			[]string{"internal/a/trace.go", "unaware of net/http"}},
		{"what brings net/http", "raw/expvar.go", "package raw\nimport _ \"expvar\"\n",
			[]string{"raw/expvar.go", "brings net/http"}},
		{"not the standard library", "internal/b/codec.go", "package b\nimport _ \"example.org/codec\"\n",
			[]string{"internal/b/codec.go", `"example.org/codec"`, "standard library alone"}},
		{"testing outside tests", "house2.go", "package house\nimport _ \"testing/iotest\"\n",
			[]string{"house2.go", "belongs to tests"}},
		{"a test helper outside tests", "cmd/house/leak.go", "package main\nimport _ \"example.org/house/leak\"\n",
			[]string{"cmd/house/leak.go", "for test files only"}},
		{"net/http in an unlisted file", "send.go", "package house\nimport \"net/http\"\nvar _ http.Cookie\n",
			[]string{"send.go", "http.Cookie", "cookies, jars and status text only"}},
		{"an unlisted name in a listed file", "cookies.go", "package house\nimport h \"net/http\"\nvar _ h.Cookie\nvar _ = h.Get\n",
			[]string{"cookies.go uses http.Get"}},
		{"net/http by dot", "send.go", "package house\nimport . \"net/http\"\nvar _ Cookie\n",
			[]string{"send.go", `net/http as "."`}},
		{"a package without a place", "util/util.go", doc + "package util\n",
			[]string{"util: the package is not on the floor plan"}},
		{"a test package without a place", "util/util_test.go", "package util\n",
			[]string{"util: the package is not on the floor plan"}},
		{"a package without doc", "raw/doc.go", "package raw\n",
			[]string{"raw: package raw has no package doc comment"}},
		{"a package that does not exist", "house2.go", "package house\nimport _ \"example.org/house/gone\"\n",
			[]string{"house2.go", "no such package"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range sound {
				writeTree(t, root, name, text)
			}
			if c.file != "" {
				writeTree(t, root, c.file, c.text)
			}
			got, err := plan.check(root)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.want) == 0 {
				if len(got) != 0 {
					t.Fatalf("a sound tree has violations:\n%s", strings.Join(got, "\n"))
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("got %d violations, want one:\n%s", len(got), strings.Join(got, "\n"))
			}
			for _, want := range c.want {
				if !strings.Contains(got[0], want) {
					t.Errorf("the violation does not say %q:\n%s", want, got[0])
				}
			}
		})
	}

	for _, dir := range []string{"internal/b", "extra"} {
		t.Run("a place without a package at "+dir, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range sound {
				if !isAtOrBelow(name, dir) {
					writeTree(t, root, name, text)
				}
			}
			got, err := plan.check(root)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || !strings.HasPrefix(got[0], dir) || !strings.Contains(got[0], "there is no such package") {
				t.Errorf("got %q, want one violation, of %s", got, dir)
			}
		})
	}

	t.Run("another module", func(t *testing.T) {
		root := t.TempDir()
		writeTree(t, root, "go.mod", "module example.org/shed\n")
		if _, err := plan.check(root); err == nil {
			t.Error("the plan of one module was checked against another")
		}
	})
}

func writeTree(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
