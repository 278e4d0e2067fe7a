package kubeschema

import (
	"encoding/json"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"coffee-platform/internal/problem"
)

// decode fills the Go value target points to from content with the API server's
// own strict decoder. It reports every unknown and every mistyped field; decoded
// is false if a field was mistyped, as then target lacks what was written there
// and nothing more can be said of it.
//
// The decoder is the judge; locate only explains. The decoder stops at the first
// mistyped field, and for types that read their own JSON (quantities, times) it
// does not say where that was. What locate cannot explain is reported in the
// decoder's words.
func decode(content any, target any, path *field.Path) (problems problem.List, decoded bool) {
	data, err := json.Marshal(content)
	if err != nil {
		return problem.List{{Path: pathText(path), Message: "not representable as JSON: " + err.Error()}}, false
	}
	strict, err := kjson.UnmarshalStrict(data, target)
	if err == nil && len(strict) == 0 {
		return nil, true
	}
	problems = locate(data, target, path)
	if len(problems) == 0 {
		for _, unexplained := range append(strict, err) {
			if unexplained != nil {
				problems = append(problems, problem.Problem{Path: pathText(path), Message: unexplained.Error()})
			}
		}
	}
	return problems, err == nil
}

// normalize is a copy of content as the API server would have read it from JSON:
// only maps, slices, strings, booleans, float64 and, for whole numbers, int64.
func normalize(content map[string]any) (map[string]any, error) {
	data, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	var read map[string]any
	err = utiljson.Unmarshal(data, &read)
	return read, err
}

// pathText is the empty string for the root, where field.Path prints <nil>.
func pathText(path *field.Path) string {
	if path == nil {
		return ""
	}
	return path.String()
}
