package mutants

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Find returns every mutant of the Go files below a directory of the project at root, without tests.
func Find(root, dir string) ([]Mutant, error) {
	var all []Mutant
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found, err := inFile(filepath.ToSlash(name), source)
		all = append(all, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for mutants in %s: %w", dir, err)
	}
	return all, nil
}

// inFile returns every mutant of a file, in the order of the text.
func inFile(name string, source []byte) ([]Mutant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []Mutant
	seen := map[string]int{}
	for in, declared := range declarations(file) {
		e := editor{files: files, source: source, own: file.Name.Name}
		e.walk(declared)
		slices.SortStableFunc(e.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
		for _, made := range e.edits {
			m := Mutant{File: name, In: in, Operator: made.operator, from: made.from, to: made.to, with: made.with}
			m.Text, m.Becomes = firstLines(source, made)
			m.Nth = seen[m.key()]
			seen[Mutant{File: name, In: in, Operator: m.Operator, Text: m.Text, Becomes: m.Becomes}.key()]++
			all = append(all, m)
		}
	}
	return all, nil
}

// declarations goes through what a file declares: functions and methods by their names, and each line of a
// group of variables or constants by the name of its first.
func declarations(file *ast.File) func(func(string, ast.Node) bool) {
	return func(yield func(string, ast.Node) bool) {
		for _, declared := range file.Decls {
			switch d := declared.(type) {
			case *ast.FuncDecl:
				if d.Body != nil && !yield(nameOf(d), d.Body) {
					return
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if values, ok := spec.(*ast.ValueSpec); ok && !yield(values.Names[0].Name, values) {
						return
					}
				}
			}
		}
	}
}

func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if named, ok := receiver.(*ast.Ident); ok {
		return named.Name + "." + f.Name.Name
	}
	return f.Name.Name
}

// firstLines are the line that an edit begins in, before and after.
func firstLines(source []byte, made edit) (before, after string) {
	start := strings.LastIndexByte(string(source[:made.from]), '\n') + 1
	if left := string(source[made.from:made.to]); made.operator == "element" && strings.Contains(left, "\n") {
		return firstLine(strings.TrimLeft(left, ", \n\t")), "(left out)"
	}
	return firstLine(string(source[start:])), firstLine(string(source[start:made.from]) + made.with + string(source[made.to:]))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}
