// Package backup is AWS Backup for the databases and buckets of a product: a recovery point of each once a
// day, in a vault encrypted with a key of its own, and a copy of it in another region, for the day this one,
// or somebody with the right to delete in it, is the problem.
//
// It comes on top of what the services keep themselves. RDS restores to any second of its own retention, and
// a versioned bucket to any version it still has; both go with the database or the bucket. What is in a vault
// does not.
package backup
