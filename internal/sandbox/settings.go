package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// setAll changes a stack's settings. Each is named by its path without the namespace,
// "postgres.storageGiB", and has a value of the types that JSON has.
func setAll(values config.Map, settings map[string]any) error {
	for path, value := range settings {
		if err := set(values, path, value); err != nil {
			return fmt.Errorf("setting %s: %w", path, err)
		}
	}
	return nil
}

func set(values config.Map, path string, value any) error {
	name, below, nested := strings.Cut(path, ".")
	key := config.MustMakeKey("coffee-platform", name)
	if !nested {
		if text, ok := value.(string); ok {
			values[key] = config.NewValue(text)
			return nil
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		values[key] = config.NewObjectValue(string(text))
		return nil
	}
	tree := map[string]any{}
	if present, ok := values[key]; ok {
		text, err := present.Value(config.NopDecrypter)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &tree); err != nil {
			return fmt.Errorf("%s is not a map: %w", name, err)
		}
	}
	steps := strings.Split(below, ".")
	at := tree
	for _, step := range steps[:len(steps)-1] {
		inner, ok := at[step].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[step] = inner
		}
		at = inner
	}
	at[steps[len(steps)-1]] = value
	text, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	values[key] = config.NewObjectValue(string(text))
	return nil
}
