/**
 * Starts the application on a Java that suits it, whatever Java the user's {@code java} command is.
 * Unlike everything else this package is compiled for Java 8, so that old Javas can load it; it
 * uses nothing but Java.
 *
 * <p>The main class of such an application is compiled for Java 8 too, and names the class with the
 * real one only behind the call:
 *
 * <pre>{@code
 * public final class Launcher {
 *   public static void main(String[] args) throws InterruptedException {
 *     try {
 *       OptionalInt exitCode = SuitableJava.restart(Launcher.class, args);
 *       if (exitCode.isPresent()) {
 *         System.exit(exitCode.getAsInt()); // the program has run, in another JVM
 *       }
 *     } catch (LaunchException e) {
 *       System.err.println("digits: " + e.getMessage());
 *       System.exit(e.exitCode());
 *     }
 *     Application.main(args); // this JVM suits; not as Application::main, which an old one rejects
 *   }
 * }
 * }</pre>
 */
package dev.lanewise.mnist.launch;
