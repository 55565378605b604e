// Package jobs runs the hub's periodic work: harvests, pushes, the FTP drop,
// mail. Schedules are cron expressions read by robfig/cron, always in UTC;
// next runs live in the database, so a restart forgets nothing and several
// hubs on one PostgreSQL share one plan.
//
// A job runs in at most one hub at a time. The right to run it is a lease,
// taken with the database's clock:
//
//	due ──take──▶ running ──handler returns──▶ released, next run written
//	                │  ▲
//	                └──┘ renewed every third of the lease
//	                │
//	                └─ not renewable ──▶ the job's context is cancelled while a
//	                                     sixth of the lease is left, so that it
//	                                     has stopped before another hub starts
//
// Jobs that are due at one moment, as all pushes are when a card changed, are
// taken by one call.
//
// At rest a Runner costs one indexed query per poll (a second by default) and
// one look at the wanted jobs every few seconds, however many libraries there
// are. Work that must start at once is woken, not polled for.
//
// What the work is does not belong here: handlers are injected, and nothing
// in this package knows a library's protocol, SQL, or HTTP.
package jobs
