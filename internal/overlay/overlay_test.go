package overlay_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/overlay"
)

// The Go command reads the replacement, and the file stays as it was.
func TestTheGoCommandReadsTheReplacement(t *testing.T) {
	project, dir := t.TempDir(), t.TempDir()
	original := "package main\n\nfunc main() {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(project, "go.mod"), []byte("module example.com/m\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(project, "main.go"), []byte(original), 0o600))

	path, err := overlay.Write(dir, filepath.Join(project, "main.go"), []byte("package main\n\nfunc main() { doesNotExist() }\n"))
	require.NoError(t, err)
	for flags, want := range map[string]string{"": "", "-overlay=" + path: "undefined: doesNotExist"} {
		args := []string{"build", "-o", os.DevNull, "."}
		if flags != "" {
			args = []string{"build", "-o", os.DevNull, flags, "."}
		}
		command := exec.Command("go", args...)
		command.Dir = project
		output, err := command.CombinedOutput()
		assert.Equal(t, want == "", err == nil, "%s", output)
		assert.Contains(t, string(output), want)
	}
	after, err := os.ReadFile(filepath.Join(project, "main.go"))
	require.NoError(t, err)
	assert.Equal(t, original, string(after))
}

func TestWhereNothingCanBeWritten(t *testing.T) {
	_, err := overlay.Write(filepath.Join(t.TempDir(), "absent"), "main.go", nil)
	assert.ErrorContains(t, err, "replacing main.go")
}
