package mutants

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var root = filepath.Join("..", "..")

// made are the mutants of a text, each as its operator and what becomes of the line.
func made(t *testing.T, source string) []string {
	t.Helper()
	found, err := inFile("x.go", []byte(source))
	require.NoError(t, err)
	var lines []string
	for _, m := range found {
		lines = append(lines, m.Operator+": "+m.Becomes)
	}
	return lines
}

func TestOperators(t *testing.T) {
	for source, want := range map[string][]string{
		"func f() bool { return a && b }":   {"logic: func f() bool { return a || b }"},
		"func f() bool { return a == b }":   {"comparison: func f() bool { return a != b }"},
		"func f() bool { return a < b }":    {"comparison: func f() bool { return a <= b }"},
		"func f() int { return a + b }":     {"arithmetic: func f() int { return a - b }"},
		"func f() { n++ }":                  {"arithmetic: func f() { n-- }"},
		"func f() bool { return true }":     {"name: func f() bool { return false }"},
		"func f() int { return min(a, b) }": {"name: func f() int { return max(a, b) }"},
		"func f() int { return 7 }":         {"number: func f() int { return 8 }"},
		`func f() string { return "a" }`:    {`text: func f() string { return "mutant" }`},
		`func f() string { return "a b" }`:  nil, // a message
		"func f() error { return err }":     {"error: func f() error { return nil }"},
		"func f() { g() }":                  {"statement: func f() { if false { g() } }"},
		"func f() { a := 1; _ = a }":        {"number: func f() { a := 2; _ = a }", "statement: func f() { a := 1; if false { _ = a } }"},
		"func f() { if a < b { return } }": {
			"condition: func f() { if !(a < b) { return } }", "comparison: func f() { if a <= b { return } }",
			"statement: func f() { if a < b { if false { return } } }",
		},
		"func f() { switch { case a(): } }":                 {"condition: func f() { switch { case !(a()): } }"},
		"func f() { for { continue } }":                     {"statement: func f() { for { if false { continue } } }", "branch: func f() { for { break } }"},
		"func f() T { return a.And(b.Not()) }":              {"call: func f() T { return a.Or(b.Not()) }", "call: func f() T { return a.And(b) }"},
		"func f() T { return rule.Maybe }":                  {"name: func f() T { return rule.Yes }", "name: func f() T { return rule.No }"},
		"func f() T { return rule.Known }":                  {"name: func f() T { return rule.Unknown }"},
		"func f() T { return Known }":                       nil, // another package's
		"func f() { result.Fail(at) }":                      {"statement: func f() { if false { result.Fail(at) } }", "call: func f() { result.Undetermined(at) }"},
		`var l = []string{"a", "b"}`:                        {`element: var l = []string{"b"}`, `element: var l = []string{"a"}`},
		`var r = rule.Rule{ID: "a1", Title: "x", Check: f}`: nil, // described, not decided
		`var p = regexp.MustCompile("x")`:                   nil, // the program would not start
	} {
		assert.Equal(t, want, made(t, "package p\n\n"+source), source)
	}
	assert.Equal(t, []string{"name: func f() State { return Unknown }"}, made(t, "package rule\n\nfunc f() State { return Known }"))
}

func TestMutantsAreKnownByWhereTheyAre(t *testing.T) {
	source := "package p\n\nfunc (s *T) f() {\n\tg(1)\n\tg(1)\n}\n\nvar a, b = 1, 1\n"
	found, err := inFile("x.go", []byte(source))
	require.NoError(t, err)
	numbers := slices.DeleteFunc(found, func(m Mutant) bool { return m.Operator != "number" })
	require.Len(t, numbers, 4)
	assert.Equal(t, []string{"T.f", "T.f", "a", "a"}, []string{numbers[0].In, numbers[1].In, numbers[2].In, numbers[3].In})
	assert.Equal(t, []int{0, 1}, []int{numbers[0].Nth, numbers[1].Nth}, "lines that are the same")
	assert.Equal(t, "package p\n\nfunc (s *T) f() {\n\tg(1)\n\tg(2)\n}\n\nvar a, b = 1, 1\n", string(numbers[1].Apply([]byte(source))))

	moved, err := inFile("x.go", []byte("package p\n\nfunc other() { h(3) }\n\nfunc (s *T) f() {\n\tg(1)\n\tg(1)\n}\n"))
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(moved, func(m Mutant) bool { return m.ID() == numbers[1].ID() }), "code above it makes no difference")
}

// Another file, or a change in one, leaves the rest of a sample as it was.
func TestASampleStays(t *testing.T) {
	all, err := Find(root, "policy/rule")
	require.NoError(t, err)
	require.Greater(t, len(all), 300)
	sample := Shuffle(all, 1)
	assert.NotEqual(t, sample, Shuffle(all, 2))
	without := slices.DeleteFunc(slices.Clone(all), func(m Mutant) bool { return m.File == "policy/rule/value.go" })
	assert.Equal(t, slices.DeleteFunc(sample, func(m Mutant) bool { return m.File == "policy/rule/value.go" }), Shuffle(without, 1))
}

func TestEveryMutantOfThePackHasItsOwnID(t *testing.T) {
	all, err := Find(root, "policy")
	require.NoError(t, err)
	assert.Greater(t, len(all), 5000)
	ids := map[string]Mutant{}
	for _, m := range all {
		assert.Empty(t, ids[m.ID()], m)
		ids[m.ID()] = m
	}
}

func TestEveryEquivalentCanBeMade(t *testing.T) {
	all, err := Find(root, "policy")
	require.NoError(t, err)
	listed, err := Equivalents()
	require.NoError(t, err)
	for _, e := range listed {
		assert.NotEmpty(t, e.Why, "%s %s", e.File, e.Text)
		assert.True(t, slices.ContainsFunc(all, func(m Mutant) bool { return m.key() == e.key() }),
			"the code has changed: there is no such mutant any more in %s %s: %s", e.File, e.In, e.Text)
		assert.Equal(t, e.Why, Reason(listed, e.Mutant))
	}
	assert.Empty(t, Reason(listed, Mutant{File: "policy/rule/value.go"}))
}

// project is a module with a package that has a test, one that uses it and has one too, and one without.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":               "module example.com/m\n\ngo 1.26\n",
		"pack/low/low.go":      "package low\n\nfunc Double(n int) int { return n + n }\n\nfunc Half(n int) int { return n / 2 }\n\nfunc Third(n int) int { return n / 3 }\n\nfunc Text() string { return \"a\" + \"b\" }\n",
		"pack/low/low_test.go": "package low\n\nimport \"testing\"\n\nfunc TestDouble(t *testing.T) { if Double(2) != 4 { t.Fatal() } }\n",
		"pack/up/up.go":        "package up\n\nimport \"example.com/m/pack/low\"\n\nfunc Half(n int) int { return low.Half(n) }\n",
		"pack/up/up_test.go":   "package up\n\nimport \"testing\"\n\nfunc TestHalf(t *testing.T) { if Half(4) != 2 { t.Fatal() } }\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

func TestTrial(t *testing.T) {
	ctx, dir := context.Background(), project(t)
	trial, err := NewTrial(ctx, dir, "pack")
	require.NoError(t, err)
	require.NoError(t, trial.Baseline(ctx))
	found, err := Find(dir, "pack")
	require.NoError(t, err)
	verdicts := map[string]string{}
	for _, m := range found {
		killedBy, err := trial.Try(ctx, m)
		if err != nil {
			require.ErrorIs(t, err, ErrNotCompiled)
			killedBy = err.Error()
		}
		verdicts[m.Becomes] = killedBy
	}
	assert.Equal(t, map[string]string{
		"func Double(n int) int { return n - n }":      "TestDouble",
		"func Half(n int) int { return n * 2 }":        "TestHalf", // of the package that uses it
		"func Half(n int) int { return n / 3 }":        "TestHalf",
		"func Third(n int) int { return n * 3 }":       "", // nobody looks
		"func Third(n int) int { return n / 4 }":       "",
		`func Text() string { return "a" - "b" }`:      ErrNotCompiled.Error(),
		`func Text() string { return "mutant" + "b" }`: "",
		`func Text() string { return "a" + "mutant" }`: "",
	}, verdicts)
	text, err := os.ReadFile(filepath.Join(dir, "pack", "low", "low.go"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "return n + n", "the sources stay as they were")
}

func TestTestsThatFailAnywayAreNoTrial(t *testing.T) {
	dir := project(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pack", "low", "more_test.go"),
		[]byte("package low\n\nimport \"testing\"\n\nfunc TestMore(t *testing.T) { t.Fatal() }\n"), 0o600))
	trial, err := NewTrial(context.Background(), dir, "pack")
	require.NoError(t, err)
	assert.ErrorContains(t, trial.Baseline(context.Background()), "TestMore")
}
