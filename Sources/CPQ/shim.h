#ifndef LEADGATE_CPQ_H
#define LEADGATE_CPQ_H

#include <libpq-fe.h>
#include <poll.h>

// The field codes are character constants, which do not import as the int that PQresultErrorField takes.
static const int LG_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int LG_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int LG_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;
static const int LG_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME;
static const int LG_DIAG_FUNCTION = PG_DIAG_SOURCE_FUNCTION;

#endif
