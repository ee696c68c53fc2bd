#ifndef LEADGATE_CIDN2_H
#define LEADGATE_CIDN2_H

#include <idn2.h>

#endif
