package analyzer

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	"coffee-platform/policy/rules"
)

// FuzzAnalyze throws resources at the rules of the pack: none may crash, and of what is
// marked secret nothing may be told. The corpus is the rules' own fixtures.
func FuzzAnalyze(f *testing.F) {
	files, err := filepath.Glob("../rules/testdata/*.yaml")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		var cases []struct {
			Type   string
			Inputs json.RawMessage
			Stack  []struct {
				Type   string
				Inputs json.RawMessage
			}
		}
		require.NoError(f, yaml.Unmarshal(data, &cases))
		for _, c := range cases {
			f.Add(c.Type, onTheWire(c.Inputs), false)
			f.Add(c.Type, onTheWire(c.Inputs), true)
			for _, one := range c.Stack {
				f.Add(one.Type, onTheWire(one.Inputs), false)
			}
		}
	}

	f.Fuzz(func(t *testing.T, typ, inputs string, secret bool) {
		var properties structpb.Struct
		if properties.UnmarshalJSON([]byte(inputs)) != nil {
			return
		}
		if secret {
			for key, value := range properties.Fields {
				properties.Fields[key] = asSecret(value)
			}
		}
		s := New(Pack{Name: "test", Rules: rules.All()}, "", log.New(io.Discard, "", 0))
		response, err := s.Analyze(ctx, &pulumirpc.AnalyzeRequest{Urn: "u", Type: typ, Properties: &properties})
		if err != nil {
			return // what cannot be read is refused
		}
		said := texts(response)
		if strings.Contains(said, "the rule crashed") {
			t.Fatalf("a rule crashed on %s %s", typ, inputs)
		}
		if secret {
			for _, leaf := range leaves(properties.AsMap()) {
				if len(leaf) >= 8 && strings.Contains(said, leaf) && !strings.Contains(ownWords(typ), leaf) {
					t.Fatalf("secret %q was told: %s", leaf, said)
				}
			}
		}
		stack, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
			{Urn: "u", Type: typ, Properties: &properties},
			{Urn: "v", Type: "aws:rds/instance:Instance", Properties: &structpb.Struct{}, PropertyDependencies: map[string]*pulumirpc.AnalyzerPropertyDependencies{
				"vpcSecurityGroupIds": {Urns: []string{"u"}},
			}},
		}})
		if err != nil || strings.Contains(texts(stack), "the rule crashed") {
			t.Fatalf("the stack rules crashed on %s %s: %v", typ, inputs, err)
		}
	})
}

// onTheWire writes a fixture's unknowns the way the engine sends them.
func onTheWire(inputs json.RawMessage) string {
	return strings.ReplaceAll(string(inputs), `"$unknown"`, `"`+plugin.UnknownStringValue+`"`)
}

// asSecret wraps a value the way the engine sends secrets.
func asSecret(value *structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
		"4dabf18193072939515e22adb298388d": structpb.NewStringValue("1b47061264138c4ac30d75fd1eb44270"),
		"value":                            value,
	}})
}

func texts(response *pulumirpc.AnalyzeResponse) string {
	var all strings.Builder
	for _, d := range response.Diagnostics {
		all.WriteString(d.Message + "\n")
	}
	for _, n := range response.NotApplicable {
		all.WriteString(n.Reason + "\n")
	}
	return all.String()
}

// ownWords are what the pack says about a type whatever its values are.
func ownWords(typ string) string {
	words := typ + " runAsNonRoot runAsUser securityContext prefixListIds known only after deployment"
	for _, r := range rules.All() {
		words += " " + message(r, nil)
	}
	return words
}

func leaves(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, item := range value {
			all = append(all, leaves(item)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, item := range value {
			all = append(all, leaves(item)...)
		}
		return all
	}
	return nil
}
