package kubeschema

import (
	"encoding/json"
	"testing"
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
