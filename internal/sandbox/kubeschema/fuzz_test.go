package kubeschema

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Any JSON object gets an answer.
func FuzzValidate(f *testing.F) {
	for _, text := range accepted {
		object, err := json.Marshal(parse(f, text))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(object)
	}
	f.Add([]byte(`{"apiVersion":"batch/v1","kind":"Job","metadata":null,"spec":{"template":{"spec":{"containers":[null]}}}}`))
	f.Add([]byte(`{"apiVersion":"karpenter.sh/v1","kind":"NodePool","metadata":[],"spec":{"template":{"spec":{"requirements":[null,{"operator":"In"}]}}}}`))
	f.Add([]byte(`{"apiVersion":"eks.amazonaws.com/v1","kind":"NodeClass","spec":{"advancedNetworking":{"networkInterfaces":[1e99]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var object map[string]any
		if json.Unmarshal(data, &object) != nil {
			t.Skip()
		}
		for _, problem := range Validate(object) {
			if problem.Message == "" {
				t.Errorf("a problem without a message: %+v", problem)
			}
		}
	})
}

func TestValidateIsSafeForConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for _, text := range []string{deployment, nodePool, nodeClass, nodePool, nodeClass, deployment} {
		object := parse(t, text)
		group.Go(func() {
			for range 20 {
				assert.Empty(t, Validate(object))
			}
		})
	}
	group.Wait()
}

func BenchmarkValidate(b *testing.B) {
	for name, text := range map[string]string{"Deployment": deployment, "Service": service, "NodePool": nodePool, "NodeClass": nodeClass} {
		b.Run(name, func(b *testing.B) {
			object := parse(b, text)
			Validate(object) // compiles the schema
			b.ReportAllocs()
			for b.Loop() {
				if problems := Validate(object); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
		})
	}
}

// BenchmarkCompile is what the first object of a kind costs on top.
func BenchmarkCompile(b *testing.B) {
	for groupKind, text := range definitions {
		b.Run(groupKind.Kind, func(b *testing.B) {
			for b.Loop() {
				kind, err := parseDefinition(text)
				if err != nil {
					b.Fatal(err)
				}
				kind.versions["v1"]()
			}
		})
	}
}
