#ifndef LEADGATE_CGMIMELIBRARY_H
#define LEADGATE_CGMIMELIBRARY_H

#include <gmime/gmime.h>

#endif
