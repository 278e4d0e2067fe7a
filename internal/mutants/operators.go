package mutants

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// edit is a change of a file's text.
type edit struct {
	operator string
	from, to int
	with     string
}

// editor collects the edits of a declaration.
type editor struct {
	files  *token.FileSet
	source []byte
	// own is the name of the package.
	own   string
	edits []edit
}

// walk goes through a syntax tree. What says how a rule is described is left alone: no test need hold prose,
// and the generated docs/policies.md holds the rest.
func (e *editor) walk(root ast.Node) {
	var above []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			above = above[:len(above)-1]
			return true
		}
		if pair, ok := n.(*ast.KeyValueExpr); ok && slices.Contains(descriptive, e.text(pair.Key)) {
			return false
		}
		var parent ast.Node
		if len(above) > 0 {
			parent = above[len(above)-1]
		}
		e.visit(n, parent)
		above = append(above, n)
		return true
	})
}

// descriptive are the fields of rules, settings and controls that decide nothing.
var descriptive = []string{
	"ID", "Name", "Title", "Why", "Fix", "Description", "Severity", "Level", "Controls", "Framework", "Version",
}

// whole are the fields that no rule works without, so that leaving one out shows nothing.
var whole = []string{"AppliesTo", "Check", "CheckStack", "Settings", "Default"}

func (e *editor) visit(n, parent ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		e.negate(n.Cond)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			for _, clause := range n.Body.List {
				for _, condition := range clause.(*ast.CaseClause).List {
					e.negate(condition)
				}
			}
		}
	case *ast.BlockStmt:
		e.drop(withoutLastReturn(n.List, parent))
	case *ast.CaseClause:
		e.drop(n.Body)
	case *ast.CommClause:
		e.drop(n.Body)
	case *ast.ReturnStmt:
		e.swallow(n)
	case *ast.BranchStmt:
		if other := others[n.Tok.String()]; other != nil && n.Label == nil {
			e.replace("branch", n, other[0])
		}
	case *ast.IncDecStmt:
		e.token("arithmetic", n.TokPos, n.Tok)
	case *ast.BinaryExpr:
		e.binary(n)
	case *ast.BasicLit:
		e.literal(n, parent)
	case *ast.Ident:
		e.name(n, parent)
	case *ast.SelectorExpr:
		if owner, ok := n.X.(*ast.Ident); ok && owner.Name == "rule" {
			e.others("name", n.Sel, namesOfRule)
		}
	case *ast.CallExpr:
		e.call(n)
	case *ast.CompositeLit:
		e.elements(n)
	}
}

// others are what one token or name is mistaken for.
var others = map[string][]string{
	"&&": {"||"}, "||": {"&&"},
	"==": {"!="}, "!=": {"=="}, "<": {"<="}, "<=": {"<"}, ">": {">="}, ">=": {">"},
	"+": {"-"}, "-": {"+"}, "*": {"/"}, "/": {"*"}, "++": {"--"}, "--": {"++"},
	"continue": {"break"}, "break": {"continue"},
	"true": {"false"}, "false": {"true"}, "min": {"max"}, "max": {"min"},
}

// namesOfRule are what the names of package rule are mistaken for.
var namesOfRule = map[string][]string{
	"Known": {"Unknown"}, "Unknown": {"Missing"}, "Missing": {"Unknown"}, "Malformed": {"Missing"},
	"Yes": {"No"}, "No": {"Yes"}, "Maybe": {"Yes", "No"},
	"Passed": {"Undetermined"}, "Failed": {"Undetermined"}, "Undetermined": {"Passed"}, "NotApplicable": {"Passed"},
	"Prod": {"Dev"}, "Staging": {"Dev"}, "Dev": {"Prod"},
}

// methods are what a function or method is mistaken for.
var methods = map[string][]string{
	"And": {"Or"}, "Or": {"And"}, "Fail": {"Undetermined"}, "Undetermined": {"Fail"},
	"HasPrefix": {"HasSuffix"}, "HasSuffix": {"HasPrefix"},
}

// negate turns a condition round, unless its comparison is turned round anyway.
func (e *editor) negate(condition ast.Expr) {
	if compared, ok := condition.(*ast.BinaryExpr); ok && (compared.Op == token.EQL || compared.Op == token.NEQ) {
		return
	}
	e.replace("condition", condition, "!("+e.text(condition)+")")
}

// withoutLastReturn are the statements of a block, but for the return at the end of a function, without which
// nothing compiles.
func withoutLastReturn(statements []ast.Stmt, parent ast.Node) []ast.Stmt {
	_, inner := parent.(*ast.FuncLit)
	if last := len(statements) - 1; last >= 0 && (parent == nil || inner) {
		if _, ok := statements[last].(*ast.ReturnStmt); ok {
			return statements[:last]
		}
	}
	return statements
}

// drop leaves out one statement after the other, in a way that leaves nothing unused.
func (e *editor) drop(statements []ast.Stmt) {
	for _, s := range statements {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.ReturnStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.BranchStmt:
			if s.Label != nil {
				continue
			}
		default:
			continue
		}
		e.replace("statement", s, "if false { "+e.text(s)+" }")
	}
}

// swallow returns no error where one is made or passed on.
func (e *editor) swallow(s *ast.ReturnStmt) {
	if len(s.Results) == 0 {
		return
	}
	last := s.Results[len(s.Results)-1]
	made, ok := last.(*ast.CallExpr)
	if e.text(last) == "err" || ok && slices.Contains([]string{"fmt.Errorf", "errors.Join", "status.Error"}, e.text(made.Fun)) {
		e.replace("error", last, "nil")
	}
}

func (e *editor) binary(n *ast.BinaryExpr) {
	operator := "comparison"
	switch n.Op {
	case token.LAND, token.LOR:
		operator = "logic"
	case token.ADD, token.SUB, token.MUL, token.QUO:
		operator = "arithmetic"
	}
	e.token(operator, n.OpPos, n.Op)
}

// literal changes a number by one and a text to one that nothing has. Texts with a space are messages.
func (e *editor) literal(n *ast.BasicLit, parent ast.Node) {
	switch n.Kind {
	case token.INT:
		if number, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			e.replace("number", n, fmt.Sprint(number+1))
		}
	case token.STRING:
		if call, ok := parent.(*ast.CallExpr); ok && strings.Contains(e.text(call.Fun), "Must") {
			return // what is not there is no address and no expression: no program starts
		}
		if list, ok := parent.(*ast.CompositeLit); ok && len(list.Elts) > 1 {
			return // left out by elements, which is the same
		}
		if !strings.Contains(n.Value, " ") {
			e.replace("text", n, `"mutant"`)
		}
	}
}

// name changes a name of the language, or in package rule of itself.
func (e *editor) name(n *ast.Ident, parent ast.Node) {
	switch p := parent.(type) {
	case *ast.SelectorExpr:
		return
	case *ast.KeyValueExpr:
		if p.Key == n {
			return
		}
	case *ast.ValueSpec:
		if slices.Contains(p.Names, n) {
			return
		}
	}
	e.others("name", n, others)
	if e.own == "rule" {
		e.others("name", n, namesOfRule)
	}
}

func (e *editor) call(n *ast.CallExpr) {
	method, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	e.others("call", method.Sel, methods)
	if method.Sel.Name == "Not" && len(n.Args) == 0 {
		e.replace("call", n, e.text(method.X))
	}
}

// elements leaves out one of several elements of a list, a map or a struct.
func (e *editor) elements(n *ast.CompositeLit) {
	if len(n.Elts) < 2 {
		return
	}
	for i, element := range n.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key := e.text(pair.Key); slices.Contains(descriptive, key) || slices.Contains(whole, key) {
				continue
			}
		}
		from, to := element.Pos(), element.End()
		if i+1 < len(n.Elts) {
			to = n.Elts[i+1].Pos()
		} else {
			from = n.Elts[i-1].End()
		}
		e.edits = append(e.edits, edit{"element", e.offset(from), e.offset(to), ""})
	}
}

func (e *editor) others(operator string, n *ast.Ident, table map[string][]string) {
	for _, other := range table[n.Name] {
		e.replace(operator, n, other)
	}
}

func (e *editor) token(operator string, at token.Pos, tok token.Token) {
	for _, other := range others[tok.String()] {
		from := e.offset(at)
		e.edits = append(e.edits, edit{operator, from, from + len(tok.String()), other})
	}
}

func (e *editor) replace(operator string, n ast.Node, with string) {
	e.edits = append(e.edits, edit{operator, e.offset(n.Pos()), e.offset(n.End()), with})
}

func (e *editor) text(n ast.Node) string {
	return string(e.source[e.offset(n.Pos()):e.offset(n.End())])
}

func (e *editor) offset(at token.Pos) int { return e.files.Position(at).Offset }
