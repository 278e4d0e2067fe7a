// Package autoscaling is KEDA, which scales what package scaler names to it: its operator, which looks at
// queues and metrics, and its metrics server, which answers the HorizontalPodAutoscalers that the operator
// makes. KEDA has one installation in a cluster; a second one would have the same API service.
//
// It works in one namespace only, beside its own. There it reads Secrets, as it has to for passwords: its chart
// binds that right to no names. Its admission webhook, which would check ScaledObjects when they are made, is
// not installed: here they are checked before.
package autoscaling
