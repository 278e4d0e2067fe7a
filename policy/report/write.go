package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Write puts the document at path in one step: a reader sees the old report or the new
// one, never half of it.
func Write(path string, doc Document) error {
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the policy report: %w", err)
	}
	// The temporary file lies beside the report, because a rename is one step only
	// within a file system.
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing the policy report: %w", err)
	}
	_, err = file.Write(append(data, '\n'))
	if err == nil {
		// CreateTemp makes the file private; a report holds no secrets and others collect it.
		err = file.Chmod(0o644)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("writing the policy report: %w", err)
	}
	return nil
}
