/** Has messages put together in node as in the page; imported by tests of what has plurals. */

import { IntlMessageFormat } from "../../events/frontend/node_modules/intl-messageformat/index.js";
import { useMessages } from "../../events/static/events/words/words.js";

useMessages(IntlMessageFormat);
