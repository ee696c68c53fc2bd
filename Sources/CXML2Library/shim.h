#ifndef LEADGATE_CXML2LIBRARY_H
#define LEADGATE_CXML2LIBRARY_H

#include <libxml/HTMLparser.h>

#endif
