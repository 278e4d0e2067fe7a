// Package secrets is the generated secrets of the product: made by the program, kept in Secrets Manager
// under a key of their own, never written down anywhere else.
//
// Every value is of an epoch, a day in the settings. A new day makes a new value; while the day before it
// is named as well, the value before stays, so that what was signed or connected with it goes on working
// until everything has the new one (docs/runbooks/rotate-secrets.md).
package secrets
