// Package e2e proves the Kubernetes half of an environment on a real control plane: etcd, the API server, the
// controllers, the scheduler, Karpenter, KEDA and Redis, each built from its own Go module (Redis from the
// system's package) and run on this machine, on loopback.
//
// What is not real, and is played instead:
//
//   - Nodes and pods are KWOK's: nothing runs in them. Probes, hooks, signals and images are proved elsewhere.
//   - EC2 is a table of instance types (instancetypes.go).
//   - Dramatiq's workers and the renderer are played by work.go, which takes tasks out of the real Redis.
//   - External Secrets is played by secrets.go: it makes the Secret that each ExternalSecret asks for.
//   - What serves eks.amazonaws.com is nobody: its objects are accepted by definitions written from AWS's user guide.
//
// Whatever the harness changes in a manifest is in one table, which it prints (substitutions.go).
package e2e
