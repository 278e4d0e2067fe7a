// Package overlay has the Go command see another text in place of a file, which itself stays as it is.
package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Write puts the text into dir, and beside it the file for the flag -overlay of the Go command that has it
// read in place of the original. It returns the path of the latter. Files of the same dir are written over.
func Write(dir, original string, text []byte) (string, error) {
	absolute, err := filepath.Abs(original)
	if err != nil {
		return "", fmt.Errorf("replacing %s: %w", original, err)
	}
	replacement, overlay := filepath.Join(dir, "replacement.go"), filepath.Join(dir, "overlay.json")
	mapping, err := json.Marshal(map[string]map[string]string{"Replace": {absolute: replacement}})
	if err != nil {
		return "", fmt.Errorf("replacing %s: %w", original, err)
	}
	for path, data := range map[string][]byte{replacement: text, overlay: mapping} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return "", fmt.Errorf("replacing %s: %w", original, err)
		}
	}
	return overlay, nil
}
