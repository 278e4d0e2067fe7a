// Package sandbox runs the real program on the real Pulumi engine without a cloud account. The CLI, the
// engine, the state, the diffs and the policy pack are Pulumi's own; only the providers at the far end
// are stand-ins, served in this process and attached to the engine by its debugging interface.
//
// A sandbox lives in a directory: state, stack files and the stand-ins' memory. Removing the directory
// removes the sandbox.
package sandbox
