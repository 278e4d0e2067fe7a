package aws

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sdkStructs are the structs of the SDK's package wafv2, read and not compiled: for each its fields' types by their
// pulumi tags.
func sdkStructs(t *testing.T) map[string]map[string]ast.Expr {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v7").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "go", "aws", "wafv2", "*.go"))
	require.NoError(t, err)
	structs := map[string]map[string]ast.Expr{}
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.HasPrefix(name, "pulumiTypes") && !strings.HasPrefix(name, "webAcl") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range parsed.Decls {
			general, _ := declaration.(*ast.GenDecl)
			if general == nil {
				continue
			}
			for _, spec := range general.Specs {
				typ, _ := spec.(*ast.TypeSpec)
				if typ == nil {
					continue
				}
				if body, ok := typ.Type.(*ast.StructType); ok {
					structs[typ.Name.Name] = taggedFields(t, body)
				}
			}
		}
	}
	return structs
}

func taggedFields(t *testing.T, body *ast.StructType) map[string]ast.Expr {
	t.Helper()
	fields := map[string]ast.Expr{}
	for _, field := range body.Fields.List {
		if field.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		require.NoError(t, err)
		fields[reflect.StructTag(tag).Get("pulumi")] = field.Type
	}
	return fields
}

// What was written by hand is what the SDK has: every property by its name and type, however deep.
func TestWebACLSchemaIsTheSDKs(t *testing.T) {
	structs := sdkStructs(t)
	compared := map[string]bool{}
	var compare func(path string, own reflect.Type, sdk ast.Expr)
	compare = func(path string, own reflect.Type, sdk ast.Expr) {
		switch s := sdk.(type) {
		case *ast.StarExpr:
			if assert.Equal(t, reflect.Pointer, own.Kind(), path) {
				compare(path, own.Elem(), s.X)
			}
		case *ast.ArrayType:
			if assert.Equal(t, reflect.Slice, own.Kind(), path) {
				compare(path, own.Elem(), s.Elt)
			}
		case *ast.MapType:
			assert.Equal(t, reflect.Map, own.Kind(), path)
		case *ast.Ident:
			fields, isStruct := structs[s.Name]
			if !isStruct {
				assert.Equal(t, s.Name, own.Name(), path)
				return
			}
			pair := own.Name() + " " + s.Name
			if compared[pair] || !assert.Equal(t, reflect.Struct, own.Kind(), path) {
				return
			}
			compared[pair] = true
			for i := range own.NumField() {
				name := own.Field(i).Tag.Get("pulumi")
				if assert.Contains(t, fields, name, "%s: the SDK's %s", path, s.Name) {
					compare(path+"."+name, own.Field(i).Type, fields[name])
				}
			}
		default:
			assert.Failf(t, "cannot read", "%s is a %T", path, sdk)
		}
	}
	for sdk, own := range map[string]reflect.Type{
		"webAclArgs":                     reflect.TypeFor[webACLInputs](),
		"webAclAssociationArgs":          reflect.TypeFor[webACLAssociationInputs](),
		"webAclLoggingConfigurationArgs": reflect.TypeFor[webACLLoggingConfigurationInputs](),
	} {
		compare(sdk, own, ast.NewIdent(sdk))
	}
	assert.Greater(t, len(compared), 20, "the types within were compared too")

	// Outputs are of types of their own; their names have to be there, and all that is always set.
	for sdk, own := range map[string]reflect.Type{
		"WebAcl":                     reflect.TypeFor[webACL](),
		"WebAclAssociation":          reflect.TypeFor[webACLAssociation](),
		"WebAclLoggingConfiguration": reflect.TypeFor[webACLLoggingConfiguration](),
	} {
		names := map[string]bool{}
		for i := range own.NumField() {
			name := own.Field(i).Tag.Get("pulumi")
			names[name] = true
			assert.Contains(t, structs[sdk], name, sdk)
		}
		for name, typ := range structs[sdk] {
			selector, ok := typ.(*ast.SelectorExpr)
			if ok && (selector.Sel.Name == "StringOutput" || selector.Sel.Name == "IntOutput" || selector.Sel.Name == "BoolOutput") {
				assert.True(t, names[name], "%s always has %s", sdk, name)
			}
		}
	}
}
