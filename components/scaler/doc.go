// Package scaler decides how many pods of one Deployment run, by KEDA: by the messages in its queues, by the
// CPU its pods use, by the requests that reach them, whichever asks for the most.
//
// Nobody chooses which pod goes when there are too many. So what works on something long is scaled in seldom
// and one pod at a time, and it is for its grace period to let the pod that goes finish.
//
// The Deployment must say no replicas: it would set them again at every deployment.
package scaler
