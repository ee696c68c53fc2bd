#ifndef LEADGATE_CLUALIBRARY_H
#define LEADGATE_CLUALIBRARY_H

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#endif
