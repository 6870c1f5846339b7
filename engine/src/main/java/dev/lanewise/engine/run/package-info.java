/** What every operation needs to run: threads, memory, and views of it. */
package dev.lanewise.engine.run;
